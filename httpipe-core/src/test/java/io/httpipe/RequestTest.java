package io.httpipe;

import static io.httpipe.RequestRefusalsTest.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.call.Outgoings;
import io.httpipe.internal.wire.HeadWriter;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests, and the bytes of their heads. */
class RequestTest {
    private static final String DEFAULTS = "User-Agent: httpipe/0.1\r\nAccept: */*\r\n";

    private static HeadWriter written(Request request) {
        return Outgoings.head(request.outgoing());
    }

    private static String head(Request request) {
        HeadWriter head = written(request);
        return new String(head.bytes(), 0, head.length(), StandardCharsets.UTF_8);
    }

    /** Returns the value of Host in the head, or null. */
    private static String host(Request request) {
        List<String> lines =
                head(request).lines().filter(l -> l.startsWith("Host:")).toList();
        assertTrue(lines.size() < 2, "Host more than once: " + lines);
        return lines.isEmpty()
                ? null
                : lines.getFirst().substring("Host:".length()).strip();
    }

    @Test
    void sendsHostThenTheHeadersOfTheCallerThenTheDefaults() {
        assertEquals(
                "GET /a?b=c HTTP/1.1\r\n"
                        + "Host: example.com:81\r\n"
                        + "X-Trace-Id: 7\r\n"
                        + "ETag: \"1\"\r\n"
                        + DEFAULTS
                        + "\r\n",
                head(Request.get("http://Example.com:81/a?b=c#frag")
                        .header("x-trace-id", "7")
                        .header("etag", "\"1\"")));
    }

    @Test
    void eachMethodHasItsFactory() {
        assertTrue(head(Request.get("http://h/")).startsWith("GET / HTTP/1.1\r\n"));
        assertTrue(head(Request.head("http://h/")).startsWith("HEAD / HTTP/1.1\r\n"));
        assertTrue(head(Request.post("http://h/")).startsWith("POST / HTTP/1.1\r\n"));
        assertTrue(head(Request.put("http://h/")).startsWith("PUT / HTTP/1.1\r\n"));
        assertTrue(head(Request.delete("http://h/")).startsWith("DELETE / HTTP/1.1\r\n"));
        assertTrue(head(Request.patch("http://h/")).startsWith("PATCH / HTTP/1.1\r\n"));
        assertTrue(head(Request.of("propfind", "http://h/")).startsWith("PROPFIND / HTTP/1.1\r\n"));
    }

    @Test
    void aDerivedRequestDoesNotChangeTheOriginal() {
        Request plain = Request.get("http://h/a?b");
        String before = head(plain);

        plain.path("/x")
                .rawQuery("y")
                .query("k", "v")
                .queryFlag("f")
                .header("A", "1")
                .addHeader("B", "2");
        plain.withoutHeader("Accept")
                .body("hi")
                .at("other", 9)
                .version(Version.HTTP_1_0)
                .maxBodySize(5)
                .pool("p");

        assertEquals(before, head(plain));
        assertEquals(Endpoint.of("h", 80), plain.endpoint());
        assertEquals(-1, plain.outgoing().maxBodySize());
    }

    @Test
    void replacesPathAndQuerySeparatelyLikeTheLuaLibrary() {
        Request request = Request.get("http://h/b?a=1&b=2");
        assertEquals("/c?a=1&b=2", request.path("/c").target());
        assertEquals("/b?x", request.rawQuery("x").target());
        assertEquals("/c?a=2&b=3", request.path("/c").rawQuery("a=2&b=3").target());
    }

    @Test
    void addsASlashBeforeAPath() {
        assertEquals("/a/b", Request.get("http://h/").path("a/b").target());
        assertEquals("/", Request.get("http://h/x").path("").target());
        assertEquals("//x", Request.get("http://h/").path("//x").target());
    }

    @Test
    void keepsPercentEscapes() {
        assertEquals(
                "/%E4%b8%AD/a%2Fb",
                Request.get("http://h/").path("/%E4%b8%AD/a%2Fb").target());
        assertEquals("/%41?%5b=%C3%A4", Request.get("/%41?%5b=%C3%A4").target());
        assertEquals("/?%E4%b8", Request.get("http://h/").rawQuery("%E4%b8").target());
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '$',
            value = {
                "/gr\u00fcn -> /gr%C3%BCn",
                "/\u4e2d\u6587/\u6d4b.txt -> /%E4%B8%AD%E6%96%87/%E6%B5%8B.txt",
                "/\ud83d\ude00 -> /%F0%9F%98%80",
                "/\u00a0\u2028\ufeff -> /%C2%A0%E2%80%A8%EF%BB%BF",
                "/[x] -> /%5Bx%5D",
                "/{id}/a|b/^`\"<> -> /%7Bid%7D/a%7Cb/%5E%60%22%3C%3E",
                "/%41\u00e4%c3%a4[%5b] -> /%41%C3%A4%c3%a4%5B%5b%5D",
                "/-._~!$&'()*+,;=:@// -> /-._~!$&'()*+,;=:@//"
            })
    void encodesCharactersThatAPathCannotContain(String given, String sent) {
        assertEquals(sent, Request.get("http://h" + given).target());
        assertEquals(sent, Request.get("http://h" + given + "#\u00e4[").target());
        assertEquals(sent, Request.get(given).target());
        assertEquals(sent, Request.get("http://h/x").path(given).target());
        assertEquals(sent, Request.get("http://h/x").path(given.substring(1)).target());
        String head = head(Request.get("http://h" + given));
        assertTrue(head.startsWith("GET " + sent + " HTTP/1.1\r\nHost: h\r\n"), head);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '$',
            value = {
                "q=\u00e4 -> q=%C3%A4",
                "filter[name]=a -> filter%5Bname%5D=a",
                "q=a|b -> q=a%7Cb",
                "a={\"b\":<c>}&d=^` -> a=%7B%22b%22:%3Cc%3E%7D&d=%5E%60",
                "a=%20+%5B&b=?/:@ -> a=%20+%5B&b=?/:@"
            })
    void encodesCharactersThatAQueryCannotContain(String given, String sent) {
        assertEquals("/p?" + sent, Request.get("http://h/p?" + given).target());
        assertEquals("/p?" + sent, Request.get("http://h/p?" + given + "#f").target());
        assertEquals("/?" + sent, Request.get("http://h?" + given).target());
        assertEquals("/p?" + sent, Request.get("/p?" + given).target());
        assertEquals(
                "/p?" + sent, Request.get("http://h/p?x").uri("/p?" + given).target());
        assertEquals(
                "/p?" + sent,
                Request.get("http://h/x").uri("http://h/p?" + given).target());
        assertEquals(
                "/p?" + sent + "&k=v",
                Request.get("http://h/p?" + given).query("k", "v").target());
    }

    @Test
    void encodesOnlyOnceInDerivedRequests() {
        Request request = Request.get("http://h/\u00e4[?\u00e4[");
        String target = request.target();
        assertEquals("/%C3%A4%5B?%C3%A4%5B", target);
        assertEquals(target, Request.get(target).target());
        assertEquals(
                target,
                request.header("X", "1")
                        .outgoing()
                        .over(Endpoint.of("h", 1).address(), false)
                        .target());
    }

    @Test
    void sendsARawPathAndQueryUnchanged() {
        Request raw = Request.get("http://h/x?y")
                .rawPath("/\u4e2d[|%zz\\\ud83d\ude00")
                .rawQuery("q=\u00e4[\"%&a|b");
        assertEquals("/\u4e2d[|%zz\\\ud83d\ude00?q=\u00e4[\"%&a|b", raw.target());
        assertTrue(head(raw).startsWith("GET " + raw.target() + " HTTP/1.1\r\n"), head(raw));
        assertEquals("/a", Request.get("http://h/").rawPath("a").target());
        assertEquals("/?a", Request.get("http://h/").rawQuery("?a").target());
        assertEquals("/", Request.get("http://h/?x").rawQuery("").target());
    }

    @Test
    void addsAnySegmentPercentEncoded() {
        Request files = Request.get("http://h/files?x");
        assertEquals("/files/a%20b?x", files.segment("a b").target());
        assertEquals(
                "/files/a%2Fb%3Fc%23d%25e%2541",
                files.rawQuery("").segment("a/b?c#d%e%41").target());
        assertEquals("/files/a/b?x", files.segment("a").segment("b").target());
        assertEquals("/a", Request.get("http://h").segment("a").target());
        assertEquals("/a/b", Request.get("/a/").segment("b").target());
        assertEquals("/a/b", Request.get("/a").segment("b").target());
        assertEquals(
                "/gr%C3%BCn%F0%9F%98%80",
                Request.get("/").segment("gr\u00fcn\ud83d\ude00").target());
        assertEquals(
                "/-._~!$&'()*+,=:@09azAZ",
                Request.get("/").segment("-._~!$&'()*+,=:@09azAZ").target());
        assertEquals(
                "/%0D%0A%00%5C%22%3C%3E%5B%5D%5E%60%7B%7C%7D%7F",
                Request.get("/").segment("\r\n\0\\\"<>[]^`{|}\u007f").target());
        assertEquals("/...", Request.get("/").segment("...").target());
        assertEquals("/%252e%252e", Request.get("/").segment("%2e%2e").target());
        assertEquals("/..%3Bx", Request.get("/").segment("..;x").target(), "servers cut at a raw semicolon");
    }

    @Test
    void takesAQueryWithOrWithoutItsQuestionMark() {
        Request request = Request.get("http://h/p?old");
        assertEquals("/p?a=b", request.rawQuery("a=b").target());
        assertEquals("/p?a=b", request.rawQuery("?a=b").target());
        assertEquals("/p??a", request.rawQuery("??a").target());
        assertEquals("/p", request.rawQuery("").target());
        assertEquals("/p", request.rawQuery("?").target());
    }

    @Test
    void appendsEncodedQueryPairs() {
        assertEquals(
                "/p?x&k%20e%26y=v%20a%3Dl%2F%C3%BC%3F%2B*'()!~&flag&x=1&x=two",
                Request.get("http://h/p?x")
                        .query("k e&y", "v a=l/\u00fc?+*'()!~")
                        .queryFlag("flag")
                        .query("x", "1")
                        .query("x", "two")
                        .target());
        assertEquals("/p?a=", Request.get("http://h/p").query("a", "").target());
        assertEquals("/p?a=1", Request.get("http://h/p?").query("a", "1").target());
    }

    @Test
    void addsPairsInTheOrderOfTheMap() {
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put("z", "1");
        pairs.put("a", "2");
        assertEquals("/p?z=1&a=2", Request.get("http://h/p").query(pairs).target());
        assertEquals("/p", Request.get("http://h/p").query(Map.of()).target());
    }

    @Test
    void aQueryPairCannotSplitTheRequest() {
        assertEquals(
                "/?a%0D%0AX%3A%201=%20HTTP%2F1.1%0D%0A%00%23",
                Request.get("http://h/").query("a\r\nX: 1", " HTTP/1.1\r\n\0#").target());
        assertEquals("/?%0A%26%3D", Request.get("http://h/").queryFlag("\n&=").target());
    }

    @ParameterizedTest
    @CsvSource({
        "http://h/, h",
        "http://h:80/, h",
        "http://h:443/, h:443",
        "http://h:8080/, h:8080",
        "https://h/, h",
        "https://h:443/, h",
        "https://h:80/, h:80",
        "http://[::1]/, [::1]",
        "http://[::1]:8080/, [::1]:8080",
        "https://[2001:DB8::1]:443/, [2001:db8::1]",
        "http://127.0.0.1:1984/, 127.0.0.1:1984"
    })
    void theHostHeaderHasTheHostOfTheUriAndAnyPortExceptTheDefault(String uri, String host) {
        assertEquals(host, host(Request.get(uri)));
        assertEquals(host, host(Request.get(uri).at("10.0.0.1", 9090)), "wherever it connects to");
        assertEquals(host, host(Request.get(uri).at(Endpoint.unix(Path.of("/run/s")))));
    }

    @Test
    void theHostHeaderIsTheEndpointIfTheUriIsOnlyAPath() {
        assertEquals("h:9090", host(Request.get("/").at("h", 9090)));
        assertEquals("h", host(Request.get("/").at("h", 80)));
        assertEquals("[::1]:81", host(Request.get("/").at("::1", 81)));
        assertEquals("localhost", host(Request.get("/").at(Endpoint.unix(Path.of("/run/s")))));
    }

    @Test
    void connectsToTheGivenEndpointOrElseToThatOfTheUri() {
        assertEquals(Endpoint.of("h", 443), Request.get("https://h/").endpoint());
        assertEquals(Endpoint.of("x", 9), Request.get("https://h/").at("x", 9).endpoint());
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Request.get("/a").endpoint());
        assertTrue(e.getMessage().startsWith("request: "), e.getMessage());
    }

    @Test
    void headersOfTheCallerReplaceTheDefaults() {
        assertEquals(
                "GET / HTTP/1.1\r\nHost: other\r\nUser-Agent: me\r\nAccept: a/b\r\nAccept: c/d\r\n\r\n",
                head(Request.get("http://h/")
                        .header("user-agent", "me")
                        .header("ACCEPT", "a/b", "c/d")
                        .header("host", "other")));
    }

    @Test
    void replacesAHeaderInAnyCaseAndAddsToIt() {
        Request request = Request.get("http://h/").header("Cookie", "a").addHeader("cookie", "b");
        assertEquals(List.of("a", "b"), request.headers().all("Cookie"));
        assertEquals(List.of("c"), request.header("COOKIE", "c").headers().all("Cookie"));
        assertTrue(head(request).contains("Cookie: a\r\nCookie: b\r\n"), head(request));
    }

    @Test
    void aHeaderWithoutValuesRemovesTheDefault() {
        Request bare = Request.get("http://h/").withoutHeader("user-agent").withoutHeader("ACCEPT");
        assertEquals("GET / HTTP/1.1\r\nHost: h\r\n\r\n", head(bare));
        assertEquals("GET / HTTP/1.1\r\nHost: h\r\nAccept: y\r\n\r\n", head(bare.addHeader("Accept", "y")));
        assertEquals("GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: me\r\n\r\n", head(bare.header("User-Agent", "me")));
    }

    @Test
    void hasExactlyOneHost() {
        Request request = Request.get("http://h/");
        assertRefused("values: ", () -> request.header("host"));
        assertRefused("values: ", () -> request.header("Host", "a", "b"));
        assertEquals("b", host(request.addHeader("Host", "a").addHeader("HOST", "b")));
    }

    @Test
    void sendsAnEmptyValue() {
        assertTrue(head(Request.get("http://h/").header("X-Empty", "")).contains("\r\nX-Empty: \r\n"));
        assertEquals("", host(Request.get("http://h/").header("Host", "")));
    }

    @Test
    void sendsLatin1ValuesAsOneByteEach() {
        HeadWriter head = written(Request.get("http://h/").header("X", "\u00e4\u00ff"));
        String text = new String(head.bytes(), 0, head.length(), StandardCharsets.ISO_8859_1);
        assertTrue(text.contains("\r\nX: \u00e4\u00ff\r\n"), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "post"})
    void sendsLengthZeroIfTheMethodUsuallyHasABody(String method) {
        assertTrue(head(Request.of(method, "http://h/")).endsWith("\r\nContent-Length: 0\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "PROPFIND"})
    void sendsNoLengthIfTheMethodUsuallyHasNoBody(String method) {
        assertFalse(head(Request.of(method, "http://h/")).contains("Content-Length"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "DELETE"})
    void countsTheBodyInBytes(String method) {
        Request request = Request.of(method, "http://h/");
        assertTrue(head(request.body("h\u00e4")).endsWith("\r\nContent-Length: 3\r\n\r\n"));
        assertTrue(head(request.body(new byte[300])).endsWith("\r\nContent-Length: 300\r\n\r\n"));
        assertTrue(head(request.body("")).endsWith("\r\nContent-Length: 0\r\n\r\n"));
        assertFalse(head(request.body("x")).contains("Transfer-Encoding"));
    }

    @Test
    void asksAnHttp10ServerToKeepTheConnection() {
        Request old = Request.get("http://h/").version(Version.HTTP_1_0);
        assertEquals("GET / HTTP/1.0\r\nHost: h\r\n" + DEFAULTS + "Connection: keep-alive\r\n\r\n", head(old));
        assertEquals(
                "GET / HTTP/1.0\r\nHost: h\r\nConnection: close\r\n" + DEFAULTS + "\r\n",
                head(old.header("connection", "close")));
        assertEquals("GET / HTTP/1.0\r\nHost: h\r\n" + DEFAULTS + "\r\n", head(old.withoutHeader("Connection")));
    }

    @Test
    void sendsABodyOfUnknownLengthInChunks() {
        Request upload = Request.post("http://h/").body(Body.of(new ByteArrayInputStream(new byte[5])));
        assertEquals("POST / HTTP/1.1\r\nHost: h\r\n" + DEFAULTS + "Transfer-Encoding: chunked\r\n\r\n", head(upload));
        assertRefused("request: HTTP/1.0 ", () -> head(upload.version(Version.HTTP_1_0)));

        Request counted = Request.post("http://h/").body(Body.of(new ByteArrayInputStream(new byte[5]), 5));
        assertEquals("POST / HTTP/1.1\r\nHost: h\r\n" + DEFAULTS + "Content-Length: 5\r\n\r\n", head(counted));
        assertTrue(head(counted.version(Version.HTTP_1_0)).endsWith("\r\nContent-Length: 5\r\n\r\n"));
    }

    @Test
    void sendsTrailersOnlyAfterChunks() throws Exception {
        Request request = Request.put("http://h/").body("hi").trailers(() -> Headers.of("X-Sum", "7"));
        String head = head(request);
        assertTrue(head.endsWith("\r\nTransfer-Encoding: chunked\r\n\r\n"), head);
        assertFalse(head.contains("Content-Length"), head);
        assertEquals("7", Outgoings.trailers(request.outgoing()).first("x-sum"));
        assertRefused("request: HTTP/1.0 ", () -> head(request.version(Version.HTTP_1_0)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Content-Length", "transfer-encoding", "HOST", "Trailer", "te", "Connection", "Authorization"})
    void refusesTrailersThatWouldChangeTheMeaningOfTheMessage(String name) {
        Request request = Request.put("http://h/").body("hi").trailers(() -> Headers.of("A", "1", name, "5"));
        assertRefused("trailers: ", () -> Outgoings.trailers(request.outgoing()));
    }

    @Test
    void sendsExpectOnlyWithABody() {
        Duration wait = Duration.ofSeconds(1);
        Request request = Request.post("http://h/").expectContinue(wait);
        assertFalse(head(request).contains("Expect"), head(request));
        assertTrue(head(request.body("x")).endsWith("\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"));
        assertRefused("wait: ", () -> request.expectContinue(Duration.ZERO));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Expect", "EXPECT"})
    void refusesExpectFromTheCaller(String name) {
        Request request = Request.post("http://h/").body("x");
        assertRefused("name: ", () -> request.header(name, "100-continue"));
        assertRefused("name: ", () -> request.addHeader(name, "100-continue"));
    }

    @Test
    void toStringHidesTheQueryBecauseItMayContainSecrets() {
        assertEquals("GET http://h/a", Request.get("http://h/a?token=1").toString());
        assertEquals("POST /a", Request.post("/a?token=1").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length", "content-length", "Transfer-Encoding", "TRANSFER-ENCODING"})
    void refusesFramingFieldsFromTheCaller(String name) {
        Request request = Request.post("http://h/");
        assertRefused("name: ", () -> request.header(name, "5"));
        assertRefused("name: ", () -> request.header(name));
        assertRefused("name: ", () -> request.addHeader(name, "chunked"));
    }

    @Test
    void isRepeatableOnlyIfMethodAndBodyAllowIt() {
        for (String method : List.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")) {
            assertTrue(Request.of(method, "http://h/").outgoing().repeatable(), method);
        }
        for (String method : List.of("POST", "PATCH", "FOO")) {
            Request request = Request.of(method, "http://h/");
            assertFalse(request.outgoing().repeatable(), method);
            assertTrue(request.header("idempotency-key", "7").outgoing().repeatable(), method);
        }
        Request put = Request.put("http://h/");
        assertTrue(put.body("x").outgoing().repeatable());
        assertFalse(
                put.body(Body.of(new ByteArrayInputStream(new byte[1])))
                        .outgoing()
                        .repeatable(),
                "read once");
    }
}
