package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Credentials;
import io.httpipe.Hop;
import io.httpipe.Httpipe;
import io.httpipe.Redirects;
import io.httpipe.Request;
import io.httpipe.Response;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Calls that are redirected between nginx, httpbin and Apache. Each server shows which secrets it got. */
class SecretsIT {
    private static final String NGINX_TOKEN = "secret-of-nginx";
    private static final String HTTPBIN_BASIC = "Basic TXVmYXNhOnNlY3JldC1vZi1odHRwYmlu"; // Mufasa:secret-of-httpbin

    @AutoClose
    private final Httpipe hp = Clients.builder()
            .redirects(Redirects.NORMAL)
            .credentials(
                    Credentials.bearer(Nginx.origin(), NGINX_TOKEN),
                    Credentials.basic(Httpbin.origin(), Apache.USER, "secret-of-httpbin"),
                    Credentials.digest(Apache.origin(), Apache.USER, Apache.PASSWORD))
            .build();

    @AfterEach
    void nothingIsLeased() {
        Attempts.assertNothingLeased(hp);
    }

    private static String fromNginx(String target) {
        return Nginx.origin() + "/moved/302?to=" + target;
    }

    private static String fromHttpbin(String target) {
        return Httpbin.uri("/redirect-to?url=" + URLEncoder.encode(target, StandardCharsets.UTF_8));
    }

    private static List<String> lines(Response echo) throws Exception {
        return List.of(echo.text().split("\r\n", -1));
    }

    @Test
    void eachServerGetsItsOwnCredentials() throws Exception {
        Response apache = hp.get(fromNginx(fromHttpbin(Apache.uri("/digest/ok"))));
        assertEquals("OK\n", apache.text());
        assertEquals(List.of(302, 302, 401, 200), Attempts.statuses(apache.hops()));
        assertEquals(
                List.of(Nginx.origin(), Httpbin.origin(), Apache.origin(), Apache.origin()),
                Attempts.origins(apache.hops()));
        String authorization = apache.headers().first("X-Authorization");
        assertTrue(authorization != null && authorization.startsWith("Digest "), authorization);

        Response httpbin = hp.get(fromNginx(Httpbin.uri("/headers")));
        assertTrue(httpbin.text().contains("\"Authorization\":\"" + HTTPBIN_BASIC + "\""), httpbin.text());
        assertFalse(httpbin.text().contains(NGINX_TOKEN), httpbin.text());

        Response nginx = hp.get(fromHttpbin(Nginx.uri("/echo").toString()));
        assertTrue(lines(nginx).contains("Authorization: Bearer " + NGINX_TOKEN), nginx.text());
        assertFalse(nginx.text().contains(HTTPBIN_BASIC), nginx.text());
    }

    @Test
    void aServerWithoutCredentialsGetsNone() throws Exception {
        for (String start :
                List.of(fromNginx(Nginx.otherOrigin() + "/echo"), fromHttpbin(Nginx.otherOrigin() + "/echo"))) {
            Response echo = hp.get(start);
            assertTrue(echo.text().startsWith("GET /echo HTTP/1.1\r\n"), echo.text());
            assertFalse(echo.text().contains("Authorization"), echo.text());
        }
        Httpipe nginxOnly = hp.with(options -> options.credentials(Credentials.bearer(Nginx.origin(), NGINX_TOKEN)));
        for (String area : List.of("/basic/ok", "/digest/ok")) {
            Response refused = nginxOnly.get(fromNginx(Apache.uri(area)));
            assertEquals(List.of(302, 401), Attempts.statuses(refused.hops()));
            assertEquals("", refused.headers().first("X-Authorization"));
        }
    }

    @Test
    void theSameServerWithTlsIsAnotherOrigin() throws Exception {
        String echo = Nginx.tlsUri("/echo").toString();
        assertFalse(hp.get(fromNginx(echo)).text().contains("Authorization"));

        String secureOrigin = echo.substring(0, echo.length() - "/echo".length());
        Httpipe secureOnly = hp.with(options -> options.credentials(Credentials.bearer(secureOrigin, NGINX_TOKEN)));
        assertTrue(lines(secureOnly.get(fromNginx(echo))).contains("Authorization: Bearer " + NGINX_TOKEN));
        assertFalse(secureOnly.get(Nginx.uri("/echo")).text().contains("Authorization"));
    }

    @Test
    void aTrustedOriginGetsHeadersButNoCredentials() throws Exception {
        Redirects trusting = Redirects.NORMAL.trust(Nginx.otherOrigin());
        Request request = Request.get(fromNginx(Nginx.otherOrigin() + "/echo")).redirects(trusting);
        Response credentials = hp.request(request);
        assertFalse(credentials.text().contains("Authorization"), credentials.text());
        Response header = hp.request(request.header("Authorization", "Bearer own"));
        assertTrue(lines(header).contains("Authorization: Bearer own"), header.text());
    }

    @Test
    void credentialsCanBelongToSeveralOrigins() throws Exception {
        Credentials both = Credentials.bearer(Nginx.origin(), NGINX_TOKEN).alsoFor(Nginx.otherOrigin());
        Request request = Request.get(fromNginx(Nginx.otherOrigin() + "/echo")).credentials(both);
        assertTrue(lines(hp.request(request)).contains("Authorization: Bearer " + NGINX_TOKEN));
    }

    @Test
    void aCallersOwnHeaderReplacesTheCredentials() throws Exception {
        Request request = Request.get(Nginx.uri("/echo")).header("Authorization", "Bearer own");
        List<String> received = lines(hp.request(request)).stream()
                .filter(line -> line.startsWith("Authorization"))
                .toList();
        assertEquals(List.of("Authorization: Bearer own"), received);
    }

    @Test
    void theHistoryShowsNoSecret() throws Exception {
        Response response = hp.get(fromNginx(fromHttpbin(Apache.uri("/digest/ok"))));
        for (Hop hop : response.hops()) {
            assertFalse(hop.toString().contains("secret"), hop::toString);
            assertFalse(hop.toString().contains("Digest username"), hop::toString);
        }
        assertFalse(hp.toString().contains("secret"), hp::toString);
        assertFalse(hp.toString().contains(Apache.PASSWORD), hp::toString);
    }
}
