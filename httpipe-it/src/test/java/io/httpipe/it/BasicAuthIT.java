package io.httpipe.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Body;
import io.httpipe.Credentials;
import io.httpipe.Httpipe;
import io.httpipe.Redirects;
import io.httpipe.Request;
import io.httpipe.Response;
import java.io.ByteArrayInputStream;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Basic authentication with Apache's mod_auth_basic. */
class BasicAuthIT {
    @AutoClose
    private final Httpipe hp = Clients.builder().redirects(Redirects.NORMAL).build();

    @AfterEach
    void nothingIsLeased() {
        Attempts.assertNothingLeased(hp);
    }

    private Httpipe with(Credentials... credentials) {
        return hp.with(options -> options.credentials(credentials));
    }

    private static Credentials basic() {
        return basic(Apache.USER, Apache.PASSWORD);
    }

    private static Credentials basic(String user, String password) {
        return Credentials.basic(Apache.origin(), user, password);
    }

    private static void assertServed(Response response, Integer... statuses) throws Exception {
        assertEquals("OK\n", response.text());
        assertEquals(List.of(statuses), Attempts.statuses(response.hops()));
    }

    @Test
    void credentialsAreSentAtOnce() throws Exception {
        Response response = with(basic()).get(Apache.uri("/basic/ok"));
        assertServed(response, 200);
        assertEquals(Apache.USER, Apache.user(response, UTF_8));
    }

    @Test
    void aRequestWithoutCredentialsGetsTheChallenge() throws Exception {
        Response response = hp.get(Apache.uri("/basic/ok"));
        assertEquals(List.of(401), Attempts.statuses(response.hops()));
        assertEquals("Basic realm=\"lions\"", response.headers().first("WWW-Authenticate"));
        Response removed =
                with(basic()).request(Request.get(Apache.uri("/basic/ok")).withoutHeader("Authorization"));
        assertEquals(List.of(401), Attempts.statuses(removed.hops()));
        assertEquals("", removed.headers().first("X-Authorization"));
    }

    @Test
    void aChallengeIsAnsweredOnTheSameConnection() throws Exception {
        Httpipe waiting = with(basic().onChallenge());
        Response response = waiting.get(Apache.uri("/basic/ok"));
        assertServed(response, 401, 200);
        assertEquals("Basic is needed", response.hops().getFirst().reason());
        assertEquals(1, response.reusedTimes());
        // A page that sends no challenge does not get the password.
        Response open = waiting.get(Apache.uri("/ok"));
        assertServed(open, 200);
        assertEquals("", open.headers().first("X-Authorization"));
    }

    @Test
    void aWrongPasswordIsSentOnce() throws Exception {
        String mark = Apache.mark();
        Response atOnce = with(basic(Apache.USER, "wrong")).get(Apache.uri("/basic/ok" + mark));
        assertEquals(List.of(401), Attempts.statuses(atOnce.hops()));
        assertEquals(List.of(401), Apache.statuses(hp, mark));

        String other = Apache.mark();
        Response asked = with(basic(Apache.USER, "wrong").onChallenge()).get(Apache.uri("/basic/ok" + other));
        assertEquals(List.of(401, 401), Attempts.statuses(asked.hops()));
        assertEquals(List.of(401, 401), Apache.statuses(hp, other));
    }

    @Test
    void namesAndPasswordsAreSentInTheCharsetThatTheCallerChooses() throws Exception {
        Response utf8 = with(basic("Jürgen", "Größe: 8€")).get(Apache.uri("/basic/ok"));
        assertServed(utf8, 200);
        assertEquals("Jürgen", Apache.user(utf8, UTF_8));

        Credentials latin = basic("Jürgen", "Größe");
        Response latin1 = with(latin.charset(ISO_8859_1)).get(Apache.uri("/basic/ok"));
        assertServed(latin1, 200);
        assertEquals("Jürgen", Apache.user(latin1, ISO_8859_1));
        assertEquals(401, with(latin).get(Apache.uri("/basic/ok")).status());
    }

    @Test
    void aRedirectWithinTheOriginKeepsTheCredentials() throws Exception {
        Response response = with(basic()).get(Apache.uri("/basic/folder"));
        assertServed(response, 301, 200);
        assertEquals(Apache.uri("/basic/folder/"), response.hops().getLast().uri());
        assertServed(with(basic().onChallenge()).get(Apache.uri("/basic/folder")), 401, 301, 200);
    }

    @Test
    void aBodyIsSentAgainAfterAChallenge() throws Exception {
        String body = "body ".repeat(20_000);
        Httpipe waiting = with(basic().onChallenge());
        Response response =
                waiting.request(Request.post(Apache.uri("/basic/echo")).body(body));
        assertEquals(body, response.text());
        assertEquals(List.of(401, 200), Attempts.statuses(response.hops()));

        Body once = Body.of(new ByteArrayInputStream(body.getBytes(UTF_8)));
        Response unanswered =
                waiting.request(Request.post(Apache.uri("/basic/echo")).body(once));
        assertEquals(List.of(401), Attempts.statuses(unanswered.hops()));
    }
}
