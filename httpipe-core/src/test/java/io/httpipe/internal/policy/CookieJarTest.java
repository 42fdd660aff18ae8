package io.httpipe.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.SetCookie;
import io.httpipe.internal.wire.UriParser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cookies that a jar keeps, refuses, sends and forgets. {@link CookieCasesTest} has the cases of single servers. */
@Timeout(30)
class CookieJarTest {
    private static final String PAGE = "https://www.example.com/a/b";
    private static final long DAY = Duration.ofDays(1).toMillis();

    private long now = 1_800_000_000_000L;
    private final CookieJar jar = new CookieJar(null, () -> now);
    private final CookieJar listed = new CookieJar(Set.of("co.uk", "github.io")::contains, () -> now);

    private static @Nullable String set(CookieJar jar, String uri, String text) {
        ParsedUri from = UriParser.parse(uri);
        return jar.set(Origin.of(from), from.path(), text);
    }

    private @Nullable String set(String uri, String text) {
        return set(jar, uri, text);
    }

    private static @Nullable String sent(CookieJar jar, String uri) {
        return jar.header(Outgoing.to("GET", UriParser.parse(uri)), null);
    }

    private @Nullable String sent(String uri) {
        return sent(jar, uri);
    }

    @Test
    void aSecureCookieComesFromHttpsAndGoesToHttps() {
        assertEquals("it is Secure and comes from http", set("http://www.example.com/", "a=1; Secure"));
        assertEquals("it is Secure and comes from http", set("http://localhost/", "a=1; Secure"));
        assertNull(set(PAGE, "a=1; Secure; Path=/"));
        assertEquals("a=1", sent("https://www.example.com:8443/"));
        assertNull(sent("http://www.example.com/"));
    }

    @ParameterizedTest
    @CsvSource({
        "http://www.example.com/a, a=2",
        "http://www.example.com/a, a=2; Max-Age=0",
        "http://www.example.com/a, a=2; Path=/a/b",
        "http://www.example.com/a, a=2; Domain=example.com; Path=/a",
        "http://x.www.example.com/a, a=2; Path=/a",
        "http://x.www.example.com/a, a=2; Domain=example.com; Path=/a"
    })
    void httpCannotReplaceOrHideASecureCookie(String uri, String text) {
        assertNull(set(PAGE, "a=1; Secure; Path=/a; Domain=www.example.com"));
        assertEquals(
                "http cannot replace a Secure cookie", set(uri, text + (text.contains("Path") ? "" : "; Path=/a")));
        assertEquals("a=1", sent(PAGE));
    }

    @Test
    void aTenantOfASuffixCannotSetACookieForADomainAboveIt() {
        CookieJar gap = new CookieJar("s3.cloud.test"::equals, () -> now);
        assertEquals(
                "there is a public suffix between its Domain and the host",
                set(gap, "https://evil.s3.cloud.test/", "a=1; Domain=cloud.test"));
        assertNull(sent(gap, "https://console.cloud.test/"));
        assertNull(set(gap, "https://x.evil.s3.cloud.test/", "a=1; Domain=evil.s3.cloud.test"));
    }

    @Test
    void aDefaultPathThatNoAttributeCouldHaveIsRefused() {
        String why =
                "it has no Path, and the path of the request is too long, or has a semicolon or other characters that"
                        + " a Path cannot have";
        assertEquals(why, set("https://a.test/app;v=1/page", "a=1"));
        assertEquals(why, set("https://a.test/" + "x".repeat(1024) + "/page", "a=1"));
        assertNull(set("https://a.test/app/page;v=1", "a=1"));
        assertNull(set("https://a.test/app;v=1/page", "b=1; Path=/app"));
    }

    /** A byte beyond ASCII, in the raw path of a request or in the Path of a cookie, matches its escape. */
    @Test
    void pathsBeyondAsciiAreComparedAsBytes() {
        String octets = "\u00c3\u00bc";
        assertNull(set("https://a.test/", "field=1; Path=/" + octets));
        assertNull(set("https://b.test/%C3%BC/x", "escapes=2"));
        Outgoing raw = Outgoing.to("GET", UriParser.parse("https://c.test/")).withTarget("/\u00fc\u4e00/x", null, null);
        assertNull(jar.set(raw.origin(), raw.path(), "raw=3"));
        for (String path : List.of("/\u00fc/y", "/%C3%BC/y", "/\u00fc", "/%C3%BC")) {
            for (String host : List.of("a", "b")) {
                Outgoing request = Outgoing.to("GET", UriParser.parse("https://" + host + ".test/"))
                        .withTarget(path, null, null);
                assertEquals(host.equals("a") ? "field=1" : "escapes=2", jar.header(request, null), path);
            }
        }
        assertEquals("raw=3", jar.header(raw, null));
        assertEquals("raw=3", sent("https://c.test/%C3%BC%E4%B8%80"));
        // U+00FC in another charset is another path, and so are escapes in lower case.
        assertNull(sent("https://a.test/%FC"));
        assertNull(sent("https://a.test/%c3%bc"));
        assertEquals("/" + octets, jar.all().getFirst().path, "kept as the server has sent it");
    }

    @Test
    void httpCanSetCookiesThatNeitherReplaceNorHideASecureOne() {
        assertNull(set(PAGE, "a=1; Secure; Path=/a"));
        assertNull(set("http://www.example.com/", "a=2; Path=/"), "of a path above");
        assertNull(set("http://www.example.com/", "b=2; Path=/a"), "of another name");
        assertNull(set("http://sibling.example.com/", "a=3; Path=/a"), "of another host");
        assertEquals("a=1; b=2; a=2", sent(PAGE));
        now += 1;
        assertNull(set(PAGE, "c=1; Secure; Max-Age=1"));
        now += 1000;
        assertNull(set("http://www.example.com/a/b", "c=2"), "in place of an expired one");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "__Secure-a=1; Secure",
                "__secure-a=1; Secure; Domain=example.com",
                "__Http-a=1; Secure; HttpOnly",
                "__Host-a=1; Secure; Path=/",
                "__HOST-a=1; Secure; Path=/; HttpOnly",
                "__Host-Http-a=1; Secure; HttpOnly; Path=/"
            })
    void aPrefixNeedsItsAttributes(String text) {
        assertNull(set(PAGE, text));
        for (String part : text.substring(text.indexOf(';')).split("; ?")) {
            boolean optional = part.startsWith("Domain") || part.equals("HttpOnly") && text.startsWith("__HOST");
            if (!part.isEmpty() && !optional) {
                assertEquals("it breaks the rules of its prefix", set(PAGE, text.replace("; " + part, "")), part);
            }
        }
    }

    @Test
    void aHostPrefixAllowsNeitherADomainNorAnotherPath() {
        String lacks = "it breaks the rules of its prefix";
        assertEquals(lacks, set(PAGE, "__Host-a=1; Secure; Path=/; Domain=www.example.com"));
        assertEquals(lacks, set(PAGE, "__Host-a=1; Secure; Path=/a"));
        assertEquals(lacks, set("https://www.example.com/", "__Host-a=1; Secure"), "the path must be given");
        assertNull(set("https://www.example.com/", "__Host-a=1; Secure; Path="));
        assertNull(set("https://www.example.com/", "__Host-b=1; Secure; Path=/; Domain="));
        assertEquals(
                "it has no name, and its value begins with a prefix of cookie names, such as __Host-",
                set(PAGE, "=__Host-Http-a=1; Secure; HttpOnly; Path=/"));
    }

    @Test
    void theReasonDoesNotShowTheValue() {
        List<String> told = new ArrayList<>();
        jar.onRefused((origin, name, reason) -> told.add(origin + " | " + name + " | " + reason));
        for (String text : List.of(
                "id=secret; Domain=example.org",
                "id=secret; Domain=com",
                "id=secret; SameSite=None",
                "i\u0001d=secret",
                "i\rd=secret\n",
                "secret",
                "=",
                "n".repeat(100) + "=" + "v".repeat(3997),
                "id=fine")) {
            set("https://www.example.com:8443/", text);
        }
        String origin = "https://www.example.com:8443 | ";
        assertEquals(
                List.of(
                        origin + "id | its Domain is neither the host nor a parent of it",
                        origin + "id | its Domain is a public suffix",
                        origin + "id | it is SameSite=None without Secure",
                        origin + "i?d | it has a control character or a character beyond ISO 8859-1",
                        origin + "i?d | it has a control character or a character beyond ISO 8859-1",
                        origin + " | it has neither a name nor a value",
                        origin + "n".repeat(60) + " | its name and value have more than 4096 bytes"),
                told);
    }

    @Test
    void sizesAreLimited() {
        assertNull(set(PAGE, "n".repeat(96) + "=" + "v".repeat(4000) + "; Comment=" + "c".repeat(9000)));
        assertNull(set(PAGE, "a=1; Path=/" + "p".repeat(1023)));
        assertNull(set(PAGE, "b=1; Path=/" + "p".repeat(1024)), "the default path");
        assertNull(sent("https://www.example.com/"));
        assertEquals(4097 + "; b=1".length(), String.valueOf(sent(PAGE)).length());
        assertEquals("a=1", sent("https://www.example.com/" + "p".repeat(1023)));
    }

    @Test
    void noCookieLastsLongerThan400Days() {
        set(PAGE, "a=1; Max-Age=99999999999");
        set(PAGE, "b=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT");
        set(PAGE, "c=1");
        for (StoredCookie cookie : jar.all()) {
            assertEquals(cookie.name.equals("c") ? SetCookie.SESSION : now + 400 * DAY, cookie.expires, cookie.name);
        }
        now += 400 * DAY - 1;
        assertEquals("a=1; b=1; c=1", sent(PAGE));
        now += 1;
        assertEquals("c=1", sent(PAGE));
        assertEquals(1, jar.all().size());
    }

    @Test
    void addressesAndHostsWithATrailingDotHaveNoDomainCookies() {
        for (String host : List.of("127.0.0.1", "[::1]", "www.example.com.", "x.".repeat(127) + "com")) {
            String uri = "http://" + host + "/";
            String bare = host.replaceAll("[\\[\\]]", "");
            assertNull(set(uri, "a=" + bare + "; Domain=" + bare), host);
            assertEquals("a=" + bare, sent(uri));
            String parent = bare.substring(bare.indexOf(bare.contains(".") ? '.' : ':') + 1);
            assertEquals("its Domain is neither the host nor a parent of it", set(uri, "b=1; Domain=" + parent), host);
        }
        assertNull(sent("http://1.127.0.0.1.example/"));
        for (StoredCookie cookie : jar.all()) {
            assertEquals(true, cookie.hostOnly, cookie.domain);
        }
        assertNull(set("http://com./", "a=1; Domain=com."));
        assertNull(sent("http://example.com./"));
    }

    @Test
    void aPublicSuffixHasNoCookieUnlessItIsTheHost() {
        assertEquals("its Domain is a public suffix", set("http://example.com/", "a=1; Domain=com"));
        assertNull(set("http://localhost/", "a=1; Domain=localhost"));
        assertEquals("a=1", sent("http://localhost/"));
        assertNull(sent("http://x.localhost/"));
        assertNull(set("http://a.co.uk/", "a=1; Domain=co.uk"), "unknown without a list");
        assertEquals("its Domain is a public suffix", set(listed, "http://a.co.uk/", "a=1; Domain=.CO.uk"));
        assertNull(set(listed, "http://x.a.co.uk/", "a=1; Domain=a.co.uk"));
        assertNull(set(listed, "http://github.io/", "g=1; Domain=github.io"));
        assertEquals("g=1", sent(listed, "http://github.io/"));
        assertNull(sent(listed, "http://me.github.io/"));
        assertEquals("a=1", sent(listed, "http://y.a.co.uk/"));
    }

    @Test
    void aSiteKeepsThe180CookiesThatWereUsedLast() {
        for (int i = 0; i < 180; i++) {
            assertNull(set("https://h" + i % 3 + ".example.com/", "c" + i + "=" + i + "; Path=/" + i));
        }
        assertEquals("c0=0", sent("https://h0.example.com/0"));
        assertNull(set(PAGE, "new=1"));
        assertEquals("c0=0", sent("https://h0.example.com/0"), "was used");
        assertNull(sent("https://h1.example.com/1"), "was unused for longest");
        assertEquals(180, jar.all().size());
        assertNull(set("https://other.test/", "o=1"));
        assertEquals(181, jar.all().size());
    }

    @Test
    void httpCannotPushSecureCookiesOutOfTheirSite() {
        for (int i = 0; i < 180; i++) {
            set(PAGE, "s" + i + "=1; Secure; Domain=example.com");
        }
        assertEquals("the site has 180 Secure cookies", set("http://www.example.com/", "a=1"));
        assertEquals(180, jar.all().size());
        assertNull(set(PAGE, "s180=1; Secure"));
        assertEquals("s1", jar.all().getFirst().name);
    }

    @Test
    void allSitesTogetherKeepThe3000CookiesThatWereUsedLast() {
        for (int site = 0; site < 30; site++) {
            for (int i = 0; i < 100; i++) {
                set("http://s" + site + ".test/", "c" + i + "=" + site);
            }
        }
        assertEquals(3000, jar.all().size());
        sent("http://s0.test/");
        for (int i = 0; i < 100; i++) {
            set("http://s" + i + ".example/", "n=1");
        }
        assertEquals(3000, jar.all().size());
        assertNull(sent("http://s1.test/"));
        assertEquals(100, String.valueOf(sent("http://s0.test/")).split("; ").length);
        now += 1;
        set("http://more.example/", "m=1; Max-Age=1");
        now += 1000;
        set("http://more.example/", "m2=1");
        assertEquals(3000, jar.all().size());
    }

    @Test
    void expiredCookiesAreRemovedFirst() {
        for (int i = 0; i < 180; i++) {
            set(PAGE, "c" + i + "=1" + (i == 100 ? "; Max-Age=1" : ""));
        }
        now += 1000;
        set(PAGE, "d=1");
        assertEquals(180, jar.all().size());
        assertEquals("c0", jar.all().getFirst().name);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,  https://a.example.com/x, 's=1; l=1; n=1; d=1'",
        "POST, https://a.example.com/x, 's=1; l=1; n=1; d=1'",
        "GET,  https://b.example.com/x, 's=1; l=1; n=1; d=1'",
        "GET,  https://example.com,     's=1; l=1; n=1; d=1'",
        "GET,  http://a.example.com/x,  'l=1; n=1; d=1'",
        "GET,  https://evil.test,       'l=1; n=1; d=1'",
        "QUERY,https://evil.test,       'l=1; n=1; d=1'",
        "HEAD, https://evil.test,       'l=1; n=1; d=1'",
        "POST, https://evil.test,       'n=1'",
        "PUT,  https://com,             'n=1'",
        "DELETE, http://a.example.com,  'n=1'"
    })
    void anInitiatorOfAnotherSiteGetsNoStrictCookies(String method, String initiator, String expected) {
        for (String text : List.of("s=1; SameSite=Strict", "l=1; SameSite=Lax", "n=1; SameSite=None; Secure", "d=1")) {
            assertNull(set(listed, "https://a.example.com/", text));
        }
        Outgoing request = Outgoing.to(method, UriParser.parse("https://a.example.com/"));
        assertEquals(expected, listed.header(request, Origin.of(UriParser.parse(initiator))));
    }

    @Test
    void withoutAListEachHostIsASiteOfItsOwn() {
        set("https://a.example.com/", "s=1; SameSite=Strict; Domain=example.com");
        Outgoing request = Outgoing.to("GET", UriParser.parse("https://b.example.com/"));
        assertNull(jar.header(request, Origin.of(UriParser.parse("https://a.example.com/"))));
        assertEquals("s=1", jar.header(request, Origin.of(UriParser.parse("https://b.example.com/"))));
        assertEquals("s=1", jar.header(request, null));
    }

    @Test
    void hostileTextTakesLinearTime() {
        String many = ";".repeat(1_000_000);
        assertEquals("it has neither a name nor a value", set(PAGE, many));
        assertEquals("its name and value have more than 4096 bytes", set(PAGE, "=".repeat(1_000_000)));
        assertEquals("its Domain is neither the host nor a parent of it", set(PAGE, "a=b;domain=" + ".".repeat(1024)));
        String host = "x.".repeat(4000) + "com";
        assertNull(set("http://" + host + "/", "a=1"));
        assertEquals("a=1", sent("http://" + host + "/"));
    }
}
