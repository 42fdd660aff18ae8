package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The values that describe proxies. */
class ProxyTest {
    private static final Proxy PROXY = Proxy.http("proxy.test", 3128);

    @Test
    void proxiesAreEqualIfAllTheirPartsAre() {
        assertEquals(PROXY, Proxy.http("Proxy.TEST", 3128));
        assertEquals(PROXY.hashCode(), Proxy.http("Proxy.TEST", 3128).hashCode());
        assertEquals(PROXY.credentials("u", "p"), PROXY.credentials("u", "p"));
        assertNotEquals(PROXY.credentials("u", "p"), PROXY.credentials("u", "q"));
        assertNotEquals(PROXY, PROXY.credentials("u", "p"));
        assertNotEquals(PROXY, PROXY.tunnel(true));
        assertEquals(PROXY, PROXY.tunnel(true).tunnel(false));
        assertNotEquals(PROXY, PROXY.header("X", "1"));
        assertEquals(PROXY.header("x", "1"), PROXY.header("X", "1"));
        assertNotEquals(PROXY, Proxy.https("proxy.test", 3128));
        assertNotEquals(PROXY, Proxy.socks5("proxy.test", 3128));
        assertNotEquals(PROXY, Proxy.http("proxy.test", 3129));
        assertNotEquals(PROXY, Proxy.NONE);
        assertNotEquals(Proxy.https("a", 1).tls(Exchanges.TRUSTING), Proxy.https("a", 1));
    }

    @Test
    void theTextHidesAllSecrets() {
        Proxy secret = PROXY.credentials("user", "password")
                .header("Proxy-Authorization", "token")
                .tunnel(true);
        assertEquals("Proxy[http://***:***@proxy.test:3128, Proxy-Authorization, tunnel]", secret.toString());
        assertEquals("Proxy[socks5://[::1]:1080]", Proxy.socks5("::1", 1080).toString());
        assertEquals("Proxy[NONE]", Proxy.NONE.toString());
        String options = ConnectOptions.DEFAULT.proxy(secret).toString();
        assertFalse(options.contains("password") || options.contains("token"), options);
    }

    @ParameterizedTest
    @CsvSource({
        "http://proxy.test:3128, Proxy[http://proxy.test:3128]",
        "HTTP://Proxy.Test, Proxy[http://proxy.test:80]",
        "https://proxy.test/, Proxy[https://proxy.test:443]",
        "socks5://[::1], Proxy[socks5://[::1]:1080]",
        "socks5h://u:p@10.0.0.1:9050, Proxy[socks5://***:***@10.0.0.1:9050]",
    })
    void aUriNamesAProxy(String uri, String text) {
        assertEquals(text, Proxy.of(uri).toString());
    }

    @Test
    void userAndPasswordOfAUriArePercentDecoded() {
        assertEquals(
                PROXY.credentials("\u00fc:".replace(":", ""), "a:b@c"),
                Proxy.of("http://%C3%BC:a%3Ab%40c@proxy.test:3128"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "proxy.test:3128",
                "",
                "http:/x",
                "http://",
                "socks4://a",
                "http://a b",
                "http://a:0",
                "http://[::1"
            })
    void otherTextIsNoProxy(String uri) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Proxy.of(uri));
        assertTrue(e.getMessage().startsWith("uri: "), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"user:secret@proxy.test:3128", "user:secret", "socks5:user:secret", "http:/user:secret@a"})
    void aUriWithoutASchemeShowsNoPassword(String uri) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Proxy.of(uri));
        assertTrue(e.getMessage().contains("***"), e.getMessage());
        assertFalse(e.getMessage().contains("secret"), e.getMessage());
    }

    @Test
    void aHostWithAPasswordShowsNoPassword() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Proxy.http("http://u:secret@proxy.test", 3128));
        assertEquals("host: \"http://***@proxy.test\": it is not a host name or address", e.getMessage());
    }

    @Test
    void mistakesAreRefusedEarly() {
        assertThrows(IllegalArgumentException.class, () -> Proxy.http("proxy.test", 0));
        assertThrows(IllegalArgumentException.class, () -> Proxy.http("http://proxy.test", 1));
        assertThrows(IllegalArgumentException.class, () -> PROXY.credentials("a:b", "p"));
        assertThrows(IllegalArgumentException.class, () -> PROXY.credentials("a", "p\n"));
        assertThrows(IllegalStateException.class, () -> PROXY.tls(Tls.DEFAULT));
        assertThrows(IllegalStateException.class, () -> Proxy.NONE.credentials("u", "p"));
        Proxy socks = Proxy.socks5("proxy.test", 1080);
        assertThrows(IllegalStateException.class, () -> socks.header("X", "1"));
        assertThrows(IllegalStateException.class, () -> socks.tunnel(true));
        assertThrows(IllegalArgumentException.class, () -> socks.credentials("", "p"));
        assertThrows(IllegalArgumentException.class, () -> socks.credentials("\u00fc".repeat(128), "p"));
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> socks.credentials("u", "s".repeat(256)));
        assertEquals("password: it has 256 bytes in UTF-8, and SOCKS5 allows 0 to 255", e.getMessage());
        assertEquals(socks.credentials("u", "s".repeat(255)), socks.credentials("u", "s".repeat(255)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "connection",
                "Proxy-Connection",
                "TE",
                "Trailer",
                "Upgrade",
                "Keep-Alive",
                "Content-Length",
                "Transfer-Encoding",
                "Expect",
                "a b"
            })
    void connectionFieldsCannotBeProxyHeaders(String name) {
        assertThrows(IllegalArgumentException.class, () -> PROXY.header(name, "x"));
    }

    @Test
    void aProxyHeaderCannotSplitTheHead() {
        assertThrows(IllegalArgumentException.class, () -> PROXY.header("X", "a\r\nProxy-Authorization: b"));
    }
}
