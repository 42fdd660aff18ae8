package io.httpipe;

import static io.httpipe.testing.AnsweringServer.ok;
import static io.httpipe.testing.AnsweringServer.redirect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.httpipe.testing.AnsweringServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The headers and credentials that a redirect carries from one origin to another. */
@Timeout(30)
class RedirectSecretsTest {
    /** Redirects {@code /a} and {@code /away-and-back} to the other server. */
    private AnsweringServer own;

    private AnsweringServer other;
    private Httpipe hp;

    @BeforeEach
    void open() throws Exception {
        own = new AnsweringServer(request -> switch (request.target()) {
            case "/a" -> redirect(307, other.uri("/b"));
            case "/away-and-back" -> redirect(307, other.uri("/back"));
            default -> ok("own");
        });
        other = new AnsweringServer(
                request -> request.target().equals("/back") ? redirect(307, own.uri("/end")) : ok("other"));
        hp = Httpipe.builder().redirects(Redirects.NORMAL).build();
    }

    @AfterEach
    void close() throws Exception {
        hp.close();
        own.close();
        other.close();
    }

    private Request request(String path) {
        return Request.post(own.uri(path))
                .header("Authorization", "Basic secret")
                .header("Cookie", "s=secret")
                .header("Proxy-Authorization", "secret")
                .header("X-Api-Key", "secret")
                .header("Accept", "text/plain")
                .header("Accept-Language", "eo")
                .header("User-Agent", "me")
                .header("Content-Type", "text/plain")
                .body("body");
    }

    @Test
    void onlyHeadersWithoutSecretsReachAnotherOrigin() throws Exception {
        assertEquals("other", hp.request(request("/a")).text());
        AnsweringServer.Received received = other.last();
        for (String secret : new String[] {"Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key", "Referer"}) {
            assertNull(received.field(secret), secret);
        }
        assertEquals("text/plain", received.field("Accept"));
        assertEquals("eo", received.field("Accept-Language"));
        assertEquals("me", received.field("User-Agent"));
        assertEquals("text/plain", received.field("Content-Type"));
        assertEquals("body", received.body());
        assertEquals(other.origin().substring(7), received.field("Host"));
    }

    @Test
    void aTrustedOriginGetsAllAndANamedHeaderGoesEverywhere() throws Exception {
        hp.request(request("/a").redirects(Redirects.NORMAL.trust(other.origin())));
        assertEquals("Basic secret", other.last().field("Authorization"));
        assertEquals("s=secret", other.last().field("Cookie"));
        assertEquals("secret", other.last().field("X-Api-Key"));
        hp.request(request("/a").redirects(Redirects.NORMAL.keepHeaders("x-api-key")));
        assertEquals("secret", other.last().field("X-Api-Key"));
        assertNull(other.last().field("Authorization"));
    }

    @Test
    void secretsDoNotComeBackAfterAnOriginWithoutTrust() throws Exception {
        assertEquals("own", hp.request(request("/away-and-back")).text());
        assertEquals("/end", own.last().target());
        assertNull(own.last().field("Authorization"));
        assertNull(own.last().field("X-Api-Key"));
        hp.request(request("/away-and-back").redirects(Redirects.NORMAL.trust(other.origin())));
        assertEquals("Basic secret", own.last().field("Authorization"));
    }

    @Test
    void aRedirectToAnotherOriginIsLeftToTheCallerIfOnlyTheOwnIsAllowed() throws Exception {
        Response response = hp.request(request("/a").redirects(Redirects.SAME_ORIGIN));
        assertEquals(307, response.status());
        assertEquals(
                "not followed: it leads to another origin",
                response.hops().getLast().reason());
    }

    @Test
    void theEndpointOfTheRequestIsForItsOwnOriginOnly() throws Exception {
        String port = own.origin().substring(own.origin().lastIndexOf(':') + 1);
        Request request = Request.get("http://api.test/a").at("127.0.0.1", Integer.parseInt(port));
        assertEquals("other", hp.request(request).text());
        assertEquals("api.test", own.last().field("Host"));
    }
}
