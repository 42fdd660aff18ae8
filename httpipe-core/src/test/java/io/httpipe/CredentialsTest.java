package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.policy.Authenticator;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The arguments and the text of credentials and tokens. No error and no text shows a secret. */
class CredentialsTest {
    private static final String ORIGIN = "https://api.example.com";

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "api.example.com",
                "ftp://api.example.com",
                "https://user:secret@api.example.com",
                "https://api.example.com/path",
                "https://api.example.com?secret",
                "https://api.example.com/#secret",
                "https://*.example.com"
            })
    void anOriginIsASchemeAHostAndAPort(@Nullable String origin) {
        assertNames("origin|uri", () -> Credentials.basic(given(origin), "u", "secret"));
        assertNames("origin|uri", () -> Credentials.digest(given(origin), "u", "secret"));
        assertNames("origin|uri", () -> Credentials.bearer(given(origin), "secret"));
        assertNames("origin|uri", () -> Credentials.bearer(given(origin), () -> AccessToken.of("secret")));
        assertNames(
                "origins|uri", () -> Credentials.basic(ORIGIN, "u", "secret").alsoFor(ORIGIN, given(origin)));
    }

    @SuppressWarnings("NullAway") // callers without the checker can pass null
    private static String given(@Nullable String text) {
        return text;
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"secret\r\n", "secret\0", "\tsecret", "secret\u007f", "secret\u0085", "secret\ud83d"})
    void userNamesAndPasswordsHaveNoControlCharacters(@Nullable String text) {
        assertNames("user", () -> Credentials.basic(ORIGIN, given(text), "p"));
        assertNames("user", () -> Credentials.digest(ORIGIN, given(text), "p"));
        assertNames("password", () -> Credentials.basic(ORIGIN, "u", given(text)));
        assertNames("password", () -> Credentials.digest(ORIGIN, "u", given(text)));
    }

    @Test
    void aUserNameOfBasicHasNoColon() {
        assertNames("user", () -> Credentials.basic(ORIGIN, "a:secret", "p"));
        Credentials.basic(ORIGIN, "", "a:b");
        Credentials.digest(ORIGIN, "a:b", "");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "secret ", "se cret", "secret\n", "secret\t", "secret\u007f", "secret\u00e4"})
    void aTokenIsVisibleAscii(@Nullable String token) {
        assertNames("token", () -> Credentials.bearer(ORIGIN, given(token)));
        assertNames("token", () -> AccessToken.of(given(token)));
    }

    @Test
    void tokensMayContainWhatServersUseBeyondTheRfc() {
        Credentials.bearer(ORIGIN, "1|aB-._~+/=:!\"");
    }

    @Test
    void aLifetimeIsNotNegative() {
        AccessToken token = AccessToken.of("secret");
        assertNames("lifetime", () -> token.expiresIn(Duration.ofNanos(-1)));
        assertEquals(0, token.expiresIn(Duration.ZERO).token().lifetime());
        assertEquals(
                Long.MAX_VALUE,
                token.expiresIn(Duration.ofSeconds(Long.MAX_VALUE)).token().lifetime());
        assertEquals(Long.MAX_VALUE, token.token().lifetime());
    }

    @Test
    void aCharsetMustContainAsciiAndTheCharactersOfThePassword() {
        Credentials basic = Credentials.basic(ORIGIN, "u", "secret\u20ac");
        assertNames("charset", () -> basic.charset(StandardCharsets.UTF_16));
        assertNames("charset", () -> basic.charset(StandardCharsets.ISO_8859_1));
        assertNames("charset", () -> basic.charset(Charset.forName("IBM037")));
        assertNames("charset", () -> basic.charset(Charset.forName("x-JISAutoDetect")));
        basic.charset(Charset.forName("windows-1252")).charset(StandardCharsets.UTF_8);
    }

    @Test
    void someMethodsAreForBasicOnly() {
        for (Credentials other :
                List.of(Credentials.digest(ORIGIN, "u", "secret"), Credentials.bearer(ORIGIN, "secret"))) {
            String expected = "() is for Credentials.basic, and these are " + other;
            assertEquals(
                    "onChallenge" + expected,
                    assertThrows(IllegalStateException.class, other::onChallenge)
                            .getMessage());
            assertEquals(
                    "charset" + expected,
                    assertThrows(IllegalStateException.class, () -> other.charset(StandardCharsets.UTF_8))
                            .getMessage());
        }
    }

    @Test
    void nullIsRefused() {
        assertNames("source", () -> Credentials.bearer(ORIGIN, (TokenSource) null));
        assertNames("origins", () -> Credentials.bearer(ORIGIN, "t").alsoFor((String[]) null));
        assertNames("charset", () -> Credentials.basic(ORIGIN, "u", "p").charset(null));
        assertNames("lifetime", () -> AccessToken.of("t").expiresIn(null));
        assertNames("credentials", () -> Credentials.authenticators((Credentials[]) null));
        assertNames("credentials", () -> Credentials.authenticators((Credentials) null));
    }

    @Test
    void aCopyIsBoundToMoreOrigins() {
        Credentials one = Credentials.basic("HTTP://A.test:80", "u", "p").onChallenge();
        Credentials three = one.alsoFor("https://b.test", "http://[::1]:8080").charset(StandardCharsets.US_ASCII);
        assertEquals(Set.of("http://a.test"), origins(one));
        assertEquals(Set.of("http://a.test", "https://b.test", "http://[::1]:8080"), origins(three));
        assertEquals(
                Set.of(ORIGIN, "http://c"),
                origins(Credentials.bearer(ORIGIN, "t").alsoFor("http://c")));
        assertEquals(
                Set.of(ORIGIN, "http://c"),
                origins(Credentials.digest(ORIGIN, "u", "p").alsoFor("http://c")));
    }

    private static Set<String> origins(Credentials credentials) {
        List<Authenticator> authenticators = Credentials.authenticators(credentials);
        assertEquals(1, authenticators.size());
        return authenticators.getFirst().origins().stream()
                .map(Object::toString)
                .collect(Collectors.toSet());
    }

    @Test
    void noTextShowsASecret() {
        assertEquals(
                "Credentials[Basic for [https://api.example.com, http://b:81]]",
                Credentials.basic(ORIGIN, "me", "secret").alsoFor("http://b:81").toString());
        assertEquals(
                "Credentials[Digest for [https://api.example.com]]",
                Credentials.digest(ORIGIN, "me", "secret").toString());
        assertEquals(
                "Credentials[Bearer for [https://api.example.com]]",
                Credentials.bearer(ORIGIN, "secret").toString());
        assertEquals("AccessToken[***]", AccessToken.of("secret").toString());
        assertEquals("BearerToken[***]", AccessToken.of("secret").token().toString());
    }

    /** Checks that the error begins with one of these names, is one line, and does not show a secret. */
    private static void assertNames(String names, Executable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
        String message = String.valueOf(e.getMessage());
        assertTrue(message.matches("(" + names + ")(: | is null).*|(" + names + ") is null"), message);
        for (Throwable shown = e; shown != null; shown = shown.getCause()) {
            assertFalse(String.valueOf(shown.getMessage()).contains("secret"), shown.toString());
        }
    }
}
