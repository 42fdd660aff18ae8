package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The URI parser accepts only URIs that every parser reads the same way. */
class UriParserTest {
    @Test
    void splitsAUriIntoItsParts() {
        assertEquals(
                new UriParts("http", "www.upyun.com", 80, "/foo", null), Httpipe.parseUri("http://www.upyun.com/foo"));
        assertEquals(
                new UriParts("https", "example.com", 8443, "/a/b", "c=d&e"),
                Httpipe.parseUri("https://example.com:8443/a/b?c=d&e"));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "http://h,                 http,  h,         80,    /,     -",
                "https://h,                https, h,         443,   /,     -",
                "http://h/,                http,  h,         80,    /,     -",
                "http://h:443/,            http,  h,         443,   /,     -",
                "https://h:80/,            https, h,         80,    /,     -",
                "http://h:1,               http,  h,         1,     /,     -",
                "http://h:65535,           http,  h,         65535, /,     -",
                "http://h:,                http,  h,         80,    /,     -",
                "http://h:/,               http,  h,         80,    /,     -",
                "https://h:/path,          https, h,         443,   /path, -",
                "https://h:?x=1,           https, h,         443,   /,     x=1",
                "http://h:#f,              http,  h,         80,    /,     -",
                "https://[::1]:/,          https, ::1,       443,   /,     -",
                "http://h:00080/,          http,  h,         80,    /,     -",
                "http://h?x=1,             http,  h,         80,    /,     x=1",
                "http://h:81?x=1,          http,  h,         81,    /,     x=1",
                "http://h?,                http,  h,         80,    /,     ''",
                "http://h/?,               http,  h,         80,    /,     ''",
                "http://h/a??b?c,          http,  h,         80,    /a,    ?b?c",
                "http://h#f,               http,  h,         80,    /,     -",
                "http://h:81#f,            http,  h,         81,    /,     -",
                "http://h/a#f?x=1,         http,  h,         80,    /a,    -",
                "http://h/a?x#f,           http,  h,         80,    /a,    x",
                "http://h#@evil.com/,      http,  h,         80,    /,     -",
                "http://h/@evil.com,       http,  h,         80,    /@evil.com, -",
                "http://h/p:81?http://x/,  http,  h,         80,    /p:81, http://x/",
                "http://h//a,              http,  h,         80,    //a,   -",
                "http://h/a/../b,          http,  h,         80,    /a/../b, -",
                "http://h/%41%2f%E4,       http,  h,         80,    /%41%2f%E4, -",
                "HTTP://H/A,               http,  h,         80,    /A,    -",
                "hTTpS://Example.COM/,     https, example.com, 443, /,     -",
                "http://127.0.0.1:90/p,    http,  127.0.0.1, 90,    /p,    -",
                "http://a-b_c.d.:8/,       http,  a-b_c.d.,  8,     /,     -",
                "http://3com.com/,         http,  3com.com,  80,    /,     -",
                "http://1.2.3.4.nip.io/,   http,  1.2.3.4.nip.io, 80, /,   -",
                "http://[::1],             http,  ::1,       80,    /,     -",
                "https://[::1],            https, ::1,       443,   /,     -",
                "http://[::1]:8080/p,      http,  ::1,       8080,  /p,    -",
                "http://[::1]?q,           http,  ::1,       80,    /,     q",
                "http://[2001:DB8::A]/,    http,  2001:db8::a, 80,  /,     -",
                "http://[::ffff:1.2.3.4]/, http,  ::ffff:1.2.3.4, 80, /,   -"
            })
    void acceptsUrisThatHaveOnlyOneReading(
            String uri, String scheme, String host, int port, String path, String query) {
        assertEquals(new UriParts(scheme, host, port, path, query), Httpipe.parseUri(uri));
    }

    @Test
    void returnsPathAndQueryUnchanged() {
        assertEquals(
                new UriParts("http", "h", 80, "/a|b/[c]/{d}", "filter[name]=<\u00e4>&e=\"^`"),
                Httpipe.parseUri("http://h/a|b/[c]/{d}?filter[name]=<\u00e4>&e=\"^`#[|"));
    }

    @Test
    void keepsRawNonAsciiInThePathLikeTheLuaLibrary() {
        assertEquals(
                "/abc/\u4e2d\u6587/\u6d4b\u8bd5.txt",
                Httpipe.parseUri("http://h/abc/\u4e2d\u6587/\u6d4b\u8bd5.txt").path());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "http",
                "http:",
                "http:/",
                "http:/h/",
                "http:h",
                "httpss://h/",
                "htt://h/",
                "ftp://h/",
                "file:///etc/passwd",
                "ws://h/",
                "unix:/run/a.sock",
                "//h/",
                "h/",
                "h:80",
                "://h/",
                " http://h/",
                "\thttp://h/",
                "\nhttp://h/",
                "javascript:alert(1)//http://h/",
                "http\u017f://h/",
                "http:\\\\h/"
            })
    void refusesEveryOtherScheme(String uri) {
        assertTrue(refusal(uri).endsWith("it does not start with http:// or https://"), refusal(uri));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://user:pass@host:81/p",
                "http://127.0.0.1:80@evil.com/",
                "http://user@host/",
                "http://@host/",
                "http://a@b@c/",
                "http://host\\@evil.com/",
                "http://[::1]@evil.com/",
                "http://user%40x@host/"
            })
    void refusesUserinfo(String uri) {
        assertTrue(refusal(uri).endsWith("userinfo is not allowed"), refusal(uri));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://",
                "http:///x",
                "http://?x",
                "http://#f",
                "http://:80/",
                "http://h\\a/",
                "http://\\h/",
                "http://h h/",
                "http://h\n/",
                "http://h\t/",
                "http://h\r\nX: 1/",
                "http://h\0/",
                "http://h\0.evil.com/",
                "http://%68/",
                "http://h%00/",
                "http://b\u00fccher.example/",
                "http://\uff48/",
                "http://h\u3002com/",
                "http://h\u2100/",
                "http://\u212a/",
                "http://a,b/",
                "http://a;b/",
                "http://a+b/",
                "http://a&b/",
                "http://*/",
                "http://<h>/",
                "http://a$b/",
                "http://a'b/",
                "http://h\u00ad/",
                "http://\u0131/",
                "http://a..b/",
                "http://.a/",
                "http://./",
                "http://../"
            })
    void refusesInvalidHostNames(String uri) {
        refusal(uri);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/",
                "http://127.0.0.01/", "http://1.2.3.256/", "http://1.2.3/", "http://1.2.3.4.5/", "http://0/",
                "http://127.0.0.1./", "http://foo.1/", "http://foo.0x1/", "http://1.2.3.00/"
            })
    void refusesAnIpv4AddressInAnAmbiguousForm(String uri) {
        refusal(uri);
    }

    @Test
    void refusesALabelTooLongForDns() {
        assertEquals(
                "a".repeat(63) + ".b",
                Httpipe.parseUri("http://" + "a".repeat(63) + ".b/").host());
        refusal("http://" + "a".repeat(64) + ".b/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://[::1",
                "http://::1]/",
                "http://::1/",
                "http://[::1]x/",
                "http://[::00001]/",
                "http://[::ffff:1.2.03.4]/",
                "http://x[::1]/",
                "http://[::1]]/",
                "http://[[::1]]/",
                "http://[]/",
                "http://[:]/",
                "http://[h]/",
                "http://[127.0.0.1]/",
                "http://[1:2]/",
                "http://[1::2::3]/",
                "http://[12345::]/",
                "http://[g::1]/",
                "http://[:::1]/",
                "http://[1:2:3:4:5:6:7:8:9]/",
                "http://[::1.2.3]/",
                "http://[::1.2.3.256]/",
                "http://[fe80::1%eth0]/",
                "http://[fe80::1%25eth0]/",
                "http://[fe80::1%1]/",
                "http://[v1.x:y]/",
                "http://[::1 ]/",
                "http://[::1\n]/",
                "http://[\uff11::]/",
                "http://[::1]80/",
                "http://[::1]:[::2]/",
                "http://[/]/"
            })
    void refusesInvalidIpv6LiteralsInBrackets(String uri) {
        refusal(uri);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://h:0/",
                "http://h:000/",
                "http://h:65536/",
                "http://h:70000/",
                "http://h:99999/",
                "http://h:4294967376/",
                "http://h:18446744073709551696/",
                "http://h:80abc/",
                "http://h:abc/",
                "http://h:-1/",
                "http://h:+80/",
                "http://h: 80/",
                "http://h:80 /",
                "http://h:0x50/",
                "http://h:8\uff10/",
                "http://h:80\n/",
                "http://[::1]:0/",
                "http://[::1]:80a/"
            })
    void refusesABadPort(String uri) {
        assertTrue(refusal(uri).endsWith("bad port"), refusal(uri));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://h/a b",
                "http://h/a\nb",
                "http://h/\r\nX: 1",
                "http://h/a\tb",
                "http://h/\0",
                "http://h/a\\b",
                "http://h/a?b c",
                "http://h/a?b\nc",
                "http://h/a#b c",
                "http://h/a#\n",
                "http://h/\u007f",
                "http://h/\u0085",
                "http://h/%",
                "http://h/%4",
                "http://h/%zz",
                "http://h/%4#1",
                "http://h/%#41",
                "http://h/?%",
                "http://h/ ",
                "http://h/\n",
                "http://h/a\ud800b"
            })
    void refusesCharactersThatMustBePercentEncoded(String uri) {
        refusal(uri);
    }

    @Test
    void theErrorQuotesTheUriOnOneLine() {
        assertEquals("uri: \"http://h:80\\r\\n\\u0000\\u00e4/\": bad port", refusal("http://h:80\r\n\0\u00e4/"));
        assertEquals(
                "uri is null",
                assertThrows(IllegalArgumentException.class, () -> Httpipe.parseUri((String) null))
                        .getMessage());
    }

    @Test
    void hasNoQueryWithoutAQuestionMark() {
        assertNull(Httpipe.parseUri("http://h/a").query());
    }

    private static String refusal(String uri) {
        String message = assertThrows(IllegalArgumentException.class, () -> Httpipe.parseUri(uri))
                .getMessage();
        assertTrue(message.startsWith("uri: "), message);
        assertTrue(message.chars().allMatch(c -> c >= ' ' && c < 127), message);
        return message;
    }

    @ParameterizedTest
    @CsvSource({
        "http://user:secret@h/a, http://...@h/a",
        "http://user:secret@x@h:81/?secret, http://...@h:81/?...",
        "http://h:x/a?secret=1, http://h:x/a?...",
        "ftp://h/?secret, ftp://h/?...",
        "http://h:x/#secret, http://h:x/#...",
        "http://h:x/?secret#secret, http://h:x/?...",
        "http://h:x#secret?secret, http://h:x#...",
        "http://user:sec?ret@h/, http://...?...",
        "http://user:sec#ret@h/, http://...#...",
        "http://user:secret@sec?ret@h/, http://...?...",
        "http://user:sec/ret?secret@h/, http://...?...",
        "user:secret?secret@h, ...?...",
        "user:secret@h//a, ...@h//a",
        "http://user:secret@h//a@h/b c, http://...@h/b c",
        "secret@h, ...@h",
        "http://h\\@secret, http://...@secret"
    })
    void errorsShowNoSecrets(String uri, String shown) {
        String message = assertThrows(IllegalArgumentException.class, () -> Httpipe.parseUri(uri))
                .getMessage();
        assertTrue(message.startsWith("uri: \"" + shown + "\": "), message);
        String host = assertThrows(
                        IllegalArgumentException.class,
                        () -> Request.get("http://h/").header("Host", "user:secret@h"))
                .getMessage();
        assertEquals("Host: \"...@h\" is not a host with an optional port", host);
    }
}
