package io.httpipe;

import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.AnsweringServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Proxies from environment variables and from a selector of the JDK. */
class ProxyRulesTest {
    private static final Proxy ONE = Proxy.http("one.test", 3128);
    private static final Proxy TWO = Proxy.https("two.test", 443);

    private static Proxy chosen(Map<String, String> environment, String uri) {
        return ProxyRules.environment(environment).proxyFor(URI.create(uri));
    }

    @Test
    void eachSchemeHasItsVariable() {
        Map<String, String> both = Map.of("http_proxy", "http://one.test:3128", "https_proxy", "https://two.test/");
        assertEquals(ONE, chosen(both, "http://a.test/"));
        assertEquals(TWO, chosen(both, "https://a.test/"));
        assertEquals(Proxy.NONE, chosen(Map.of("http_proxy", "one.test:3128"), "https://a.test/"));
        assertEquals(Proxy.NONE, chosen(Map.of(), "http://a.test/"));
        Map<String, String> all = Map.of("all_proxy", "socks5h://three.test", "https_proxy", "https://two.test");
        assertEquals(Proxy.socks5("three.test", 1080), chosen(all, "http://a.test/"));
        assertEquals(TWO, chosen(all, "https://a.test/"));
    }

    @Test
    void aVariableInLowerCaseTakesPrecedence() {
        Map<String, String> both = Map.of("HTTP_PROXY", "http://two.test:1", "http_proxy", "one.test:3128");
        assertEquals(ONE, chosen(both, "http://a.test/"));
        assertEquals(ONE, chosen(Map.of("HTTP_PROXY", "one.test:3128"), "http://a.test/"));
        assertEquals(ONE, chosen(Map.of("HTTP_PROXY", "one.test:3128", "http_proxy", " "), "http://a.test/"));
        assertEquals(TWO, chosen(Map.of("HTTPS_PROXY", "https://two.test"), "https://a.test/"));
        assertEquals(TWO, chosen(Map.of("ALL_PROXY", "https://two.test"), "https://a.test/"));
        assertEquals(Proxy.NONE, chosen(Map.of("ALL_PROXY", "two.test", "NO_PROXY", "*"), "https://a.test/"));
    }

    /** A client can set HTTP_PROXY in a CGI program with the header {@code Proxy}. */
    @Test
    void inACgiProgramTheVariableInUpperCaseIsIgnored() {
        Map<String, String> cgi = Map.of("HTTP_PROXY", "http://evil.test:1", "REQUEST_METHOD", "GET");
        assertEquals(Proxy.NONE, chosen(cgi, "http://a.test/"));
        Map<String, String> trusted = Map.of("http_proxy", "one.test:3128", "REQUEST_METHOD", "GET");
        assertEquals(ONE, chosen(trusted, "http://a.test/"));
    }

    @Test
    void aValueMayHaveCredentials() {
        assertEquals(
                ONE.credentials("us er", "p@:/w"),
                chosen(Map.of("http_proxy", "http://us%20er:p@%3A%2Fw@one.test:3128"), "http://a.test/"));
        assertEquals(ONE.credentials("u", ""), chosen(Map.of("http_proxy", "u@one.test:3128"), "http://a.test/"));
    }

    @ParameterizedTest
    @CsvSource({
        "example.com, http://example.com/, true",
        "example.com, http://EXAMPLE.com./, true",
        "Example.COM, https://www.example.com/, true",
        ".example.com, http://example.com/, true",
        ".example.com, http://a.b.example.com/, true",
        "*.example.com, http://b.example.com/, true",
        "example.com, http://notexample.com/, false",
        "example.com, http://example.com.evil.test/, false",
        "example.com:8080, http://example.com:8080/, true",
        "example.com:8080, http://example.com/, false",
        "example.com:443, https://example.com/, true",
        "localhost, http://localhost:3000/, true",
        "com, http://example.com/, true",
        "10.1.2.3, http://10.1.2.3/, true",
        "10.1.2.3, http://10.1.2.30/, false",
        "10.1.2.3:81, http://10.1.2.3:81/, true",
        "10.0.0.0/8, http://10.255.0.1/, true",
        "10.0.0.0/8, http://11.0.0.1/, false",
        "10.0.0.0/9, http://10.127.0.1/, true",
        "10.0.0.0/9, http://10.128.0.1/, false",
        "0.0.0.0/0, http://8.8.8.8/, true",
        "0.0.0.0/0, http://[::1]/, false",
        "10.0.0.0/8, http://10.example.com/, false",
        "10.1.2.3/32, http://10.1.2.3/, true",
        "::1, http://[::1]/, true",
        "[::1], http://[0:0:0:0:0:0:0:1]:99/, true",
        "[::1]:80, http://[::1]/, true",
        "[::1]:80, http://[::1]:81/, false",
        "fd00::/8, http://[fd12:3456::1]/, true",
        "fd00::/8, http://[fe80::1]/, false",
        "2001:db8::/33, http://[2001:db8:7fff::1]/, true",
        "2001:db8::/33, http://[2001:db8:8000::1]/, false",
        "::ffff:10.0.0.0/104, http://10.9.9.9/, true",
        "'a.test, b.test c.test,,', http://c.test/, true",
        "'a.test,*', http://x.test/, true",
        "'', http://a.test/, false",
        "a_b.test, http://a_b.test/, true",
        "my_service, http://my_service/, true",
        "my_service:8080, http://my_service:8080/x, true",
        "my_service:8080, http://my_service/, false",
        "my_service:443, https://My_Service/, true",
    })
    void noProxyNamesTheOriginsThatNeedNone(String list, String uri, boolean direct) {
        Map<String, String> environment = Map.of("all_proxy", "one.test:3128", "no_proxy", list);
        // A call passes the host and port of its URI to the rules.
        Request request = Request.get(uri);
        UriParts parts = Httpipe.parseUri(uri);
        Proxy chosen = EnvironmentProxies.of(environment)
                .proxyFor(request.uri().startsWith("https"), parts.host(), parts.port());
        assertEquals(direct ? Proxy.NONE : ONE, chosen);
        assertEquals(chosen, chosen(environment, uri));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.*",
                "10.0.0.0/33",
                "10.0.0.0/",
                "10.0.0.0/08",
                "10.0.0/8",
                "::/129",
                "::ffff:10.0.0.0/95",
                "fd00::/x",
                "example.com/8",
                "example.com:0",
                "example.com:65536",
                "example.com:",
                "[::1",
                "[::1]:x",
                "[10.1.2.3]",
                "<local>",
                "*.",
                "a..b",
                "**",
                "http://a.test",
                "b\u00fccher.test",
            })
    void aBadEntryIsShownWithItsVariable(String entry) {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> ProxyRules.environment(Map.of("NO_PROXY", "a.test, " + entry)));
        assertTrue(e.getMessage().startsWith("NO_PROXY: \""), e.getMessage());
        assertTrue(e.getMessage().contains(entry.replace("\u00fc", "\\u00fc")), e.getMessage());
    }

    /** Here {@code no_proxy} has the value that another variable should have. This value may contain a password. */
    @ParameterizedTest
    @CsvSource({
        "http://u:secret@one.test, 'no_proxy: \"http://***@one.test\"'",
        "u:secret@one.test, 'no_proxy: \"***@one.test\"'",
        "'http://u:secret,x@one.test', 'no_proxy: \"http://u:***\"'",
    })
    void aProxyInPlaceOfTheListShowsNoSecrets(String value, String message) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> ProxyRules.environment(Map.of("no_proxy", value)));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
        assertFalse(e.getMessage().contains("secret"), e.getMessage());
    }

    @Test
    void aHostWithAnUnderscoreHasRulesOfEachKind() throws Exception {
        String uri = "http://my_service:8080/x?y";
        List<UriParts> asked = new ArrayList<>();
        try (AnsweringServer server = new AnsweringServer(request -> ok("fine"))) {
            int port = server.server().port();
            ProxyRules function = given -> {
                asked.add(Httpipe.parseUri(given.toString()));
                return Proxy.http("127.0.0.1", port);
            };
            List<ProxyRules> rules = List.of(
                    function,
                    ProxyRules.environment(Map.of("http_proxy", "127.0.0.1:" + port, "no_proxy", "service")),
                    ProxyRules.of(ProxySelector.of(new InetSocketAddress("127.0.0.1", port))));
            for (ProxyRules each : rules) {
                try (Httpipe hp = Httpipe.builder().proxies(each).build()) {
                    assertEquals("fine", hp.get(uri).text());
                    assertEquals(uri, server.last().target());
                }
            }
        }
        assertEquals(List.of(Httpipe.parseUri(uri)), asked);
    }

    @Test
    void theListIsBounded() {
        String many = "a.test,".repeat(1_001);
        assertThrows(IllegalArgumentException.class, () -> ProxyRules.environment(Map.of("no_proxy", many)));
        String tooLong = " ".repeat(65_537);
        assertThrows(IllegalArgumentException.class, () -> ProxyRules.environment(Map.of("no_proxy", "x" + tooLong)));
        assertEquals(
                Proxy.NONE,
                chosen(Map.of("all_proxy", "one.test", "no_proxy", "a.test,".repeat(1_000)), "http://a.test/"));
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://u:secret@one.test, 'http_proxy: \"***@one.test\"'",
        "socks4://u:secret@one.test, 'http_proxy: \"socks4://***@one.test\"'",
        "http://u:secret@, 'http_proxy: \"http://***@\"'",
        "http://u:secret@one.test:99999, 'http_proxy: \"http://***@one.test:99999\"'",
        "http://u:secret@one.test/path, 'http_proxy: \"http://***@one.test/***\"'",
        "http://u:secret@one.test?q, 'http_proxy: \"http://***@one.test?***\"'",
        "http://u:secret/x@one.test, 'http_proxy: \"http://***@one.test\"'",
        "http://u:secret%zz@one.test, 'http_proxy: \"http://***@one.test\"'",
        "http://u:secret%ff@one.test, 'http_proxy: \"http://***@one.test\"'",
        "secret://secret@one.test, 'http_proxy: \"***@one.test\"'",
        "http://us%3Aer:secret@one.test, 'http_proxy: user: there is a colon at index 2'",
        "http://u:secret%0a@one.test, 'http_proxy: password: there is a control character at index 6'",
        "http://one..test, 'http_proxy: \"http://one..test\"'",
        "http://, 'http_proxy: \"http://\"'",
        // Without an at sign, a text after a colon may be a password, even if it looks like a port.
        "http://user:secret, 'http_proxy: \"http://user:***\"'",
        "user:secret, 'http_proxy: \"http://user:***\"'",
        "user:secret/x, 'http_proxy: \"http://user:***\"'",
        "https://user:1secret2, 'http_proxy: \"https://user:***\"'",
        "http://user:123secret/path, 'http_proxy: \"http://user:***\"'",
        "http://:secret, 'http_proxy: \"http://:***\"'",
        "http://user%3Asecret, 'http_proxy: \"http://user***\"'",
        "http://user%3asecret%40one.test:3128, 'http_proxy: \"http://user***\"'",
        "http://user:secret%40one.test:3128, 'http_proxy: \"http://user:***\"'",
        "http://one.test%40secret, 'http_proxy: \"http://one.test***\"'",
        "ftp://user:secret, 'http_proxy: \"ftp:***\"'",
        "user:secret://secret, 'http_proxy: \"user:***\"'",
        "http://[::1]:secret, 'http_proxy: \"http://[::1]:***\"'",
        "http://[user:secret, 'http_proxy: \"http://[user:***\"'",
        // With several at signs, the host follows the last one, and ends at the first character that no host has.
        // All text after the host is hidden, except a port and one delimiter.
        "http://u:secret@secret@one..test, 'http_proxy: \"http://***@one..test\"'",
        "http://u:secret@x/secret@one.test:0, 'http_proxy: \"http://***@one.test:0\"'",
        "http://u:secret@x/secret, 'http_proxy: \"http://***@x/***\"'",
        "http://u:p@x!secret, 'http_proxy: \"http://***@x***\"'",
        "http://one.test@u:secret, 'http_proxy: \"http://***@u:***\"'",
        "http://one.test:80@u:1secret, 'http_proxy: \"http://***@u:***\"'",
        "u:secret@one.test:port, 'http_proxy: \"http://***@one.test:***\"'",
        "http://u:secret@[::1, 'http_proxy: \"http://***@[::1\"'",
        "http://u:secret@b\u00fccher.test, 'http_proxy: \"http://***@b\\u00fccher.test\"'",
        "http://one.test/path, 'http_proxy: \"http://one.test/path\"'",
        "one.test:, 'http_proxy: \"http://one.test:\"'",
    })
    void aBadProxyIsShownWithItsVariableAndWithoutItsSecrets(String value, String message) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> ProxyRules.environment(Map.of("http_proxy", value)));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
        assertFalse(e.getMessage().contains("secret"), e.getMessage());
    }

    private static ProxySelector selecting(List<java.net.Proxy> proxies) {
        return new ProxySelector() {
            @Override
            public List<java.net.Proxy> select(URI uri) {
                return proxies;
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException failure) {
                throw new AssertionError("nobody calls this");
            }
        };
    }

    private static java.net.Proxy jdk(java.net.Proxy.Type type, String host, int port) {
        return new java.net.Proxy(type, InetSocketAddress.createUnresolved(host, port));
    }

    @Test
    void theFirstUsableProxyOfASelectorCounts() {
        URI uri = URI.create("http://a.test/");
        java.net.Proxy http = jdk(java.net.Proxy.Type.HTTP, "one.test", 3128);
        java.net.Proxy socks = jdk(java.net.Proxy.Type.SOCKS, "two.test", 1080);
        assertEquals(ONE, ProxyRules.of(selecting(List.of(http, socks))).proxyFor(uri));
        assertEquals(
                Proxy.socks5("two.test", 1080),
                ProxyRules.of(selecting(List.of(socks, http))).proxyFor(uri));
        assertEquals(
                Proxy.NONE,
                ProxyRules.of(selecting(List.of(java.net.Proxy.NO_PROXY, http))).proxyFor(uri));
        assertEquals(Proxy.NONE, ProxyRules.of(selecting(List.of())).proxyFor(uri));
    }

    @Test
    void theRulesOfTheEnvironmentShowNoSecrets() {
        Map<String, String> environment = Map.of("http_proxy", "u:secret@one.test:3128", "no_proxy", "a.test,b.test");
        assertEquals(
                "ProxyRules[http=Proxy[http://***:***@one.test:3128], https=Proxy[NONE], no_proxy=2 entries]",
                ProxyRules.environment(environment).toString());
    }
}
