package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FixedSeed;
import io.httpipe.testing.Servers;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Puts harmful text into each argument of the request API. Either the message of the refusal names the argument, or the
 * server receives exactly one request, with exactly the lines that harmless text would produce.
 */
@Timeout(240)
class RequestInjectionTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    /** Texts that, inside a value, could end the line or the request, also after a narrowing cast, case folding or decoding. */
    private static final List<String> HARMFUL = List.of(
            "\r",
            "\n",
            "\0",
            "\r\n",
            "a\rb",
            "a\nb",
            "a\0b",
            "\r\n b",
            "a\n\tb",
            "a\r\nX-Injected: 1",
            " HTTP/1.1\r\nX-Injected: 1\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
            "\u000b",
            "\f",
            "\u001b[2J",
            "\b",
            "\u007f",
            "\u0085",
            "\u0090\u009f",
            "\u010a",
            "\u010d",
            "\u560a",
            "\u560d",
            "\u560d\u560aX-Injected: 1\u560d\u560a\u560d\u560a",
            "\u0100",
            "\uff0d\uff0a",
            "\u2028\u2029",
            "\ufffe\uffff",
            "\ud800",
            "\udc0a",
            "\udc0d\ud80a",
            "\ud83d\ude00",
            "\u00e9\u00ff",
            "%0d%0a",
            "%",
            "%0",
            "a b",
            "\t",
            " ",
            "",
            ":",
            "a: b",
            ",",
            ";",
            "\"",
            "\\",
            "/../../",
            "//evil.test/",
            "?a#b",
            "a".repeat(100_000),
            "\r\n".repeat(10_000));

    /** The pieces of the random texts: the short harmful texts, and texts with a meaning in HTTP. */
    private static final List<String> PIECES = Stream.concat(
                    HARMFUL.stream().filter(text -> text.length() < 9),
                    Stream.of(
                            "a",
                            "Z",
                            "0",
                            "-",
                            ".",
                            "_",
                            "~",
                            "X-Y",
                            "http://",
                            "@",
                            "[::1]",
                            "[",
                            "]",
                            ":80",
                            "&",
                            "=",
                            "HTTP/1.1",
                            "Content-Length:",
                            "GET",
                            "close",
                            "trailers"))
            .toList();

    private final BlockingQueue<List<String>> requests = new LinkedBlockingQueue<>();
    private ScriptedServer server;
    private Httpipe hp;

    @BeforeEach
    void start() throws IOException {
        server = ScriptedServer.of(this::serve);
        hp = Httpipe.create();
    }

    @AfterEach
    void stop() throws IOException {
        hp.close();
        server.close();
    }

    /** Reads requests as servers do, up to CR LF CR LF and by their chunks, and stores their lines. */
    private void serve(Peer peer) throws IOException {
        InputStream in = new BufferedInputStream(peer.socket().getInputStream());
        for (String head = section(in); !head.isEmpty(); head = section(in)) {
            boolean chunked = head.contains("\r\nTransfer-Encoding: chunked\r\n");
            requests.add(lines(chunked ? head + section(in) : head));
            peer.send(OK);
        }
    }

    private static String section(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int last = 0; last != 0x0d0a0d0a; ) {
            int next = in.read();
            if (next < 0) {
                assertEquals(0, bytes.size(), "the client closed within a request");
                return "";
            }
            bytes.write(next);
            last = last << 8 | next;
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    private static List<String> lines(String wire) {
        return Arrays.asList(wire.split("\r\n", -1));
    }

    static Stream<Arguments> eachArgumentWithEachText() {
        return Arrays.stream(TextArgument.values())
                .flatMap(argument -> HARMFUL.stream().map(text -> Arguments.of(argument, text)));
    }

    @ParameterizedTest
    @MethodSource("eachArgumentWithEachText")
    void eachTextIsRefusedOrChangesOnlyItsOwnLine(TextArgument argument, String text) throws Exception {
        boolean sent = trySending(argument, text, hp::request);
        try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
            assertEquals(sent, trySending(argument, text, exchange::request));
        }
        assertTrue(requests.isEmpty(), "more requests than were sent");
    }

    @ParameterizedTest
    @EnumSource(TextArgument.class)
    void noneOf20_000RandomTextsAddsALineOrARequest(TextArgument argument) throws Exception {
        Random random = new FixedSeed(RequestInjectionTest.class, 7).random();
        int sent = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int pieces = random.nextInt(5); pieces >= 0; pieces--) {
                text.append(piece(random));
            }
            sent += trySending(argument, text.toString(), hp::request) ? 1 : 0;
        }
        assertTrue(requests.isEmpty(), "more requests than were sent");
        assertTrue(sent > 20 && sent <= 20_000, sent + " were not refused");
    }

    private static String piece(Random random) {
        return PIECES.get(random.nextInt(PIECES.size()));
    }

    private interface Sender {
        Response send(Request request) throws IOException;
    }

    /** Tries to send the text. Returns false if it is refused; otherwise checks the one request that arrived. */
    private boolean trySending(TextArgument argument, String text, Sender sender) throws Exception {
        Request request;
        try {
            request = argument.use(text).at(Servers.endpoint(server));
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            assertTrue(message.matches("(?s)(" + argument.name + "): .*"), message);
            assertTrue(message.chars().allMatch(c -> c >= ' ' && c < 127), message);
            assertTrue(message.length() < 600, message);
            return false;
        }
        assertEquals(200, sender.send(request).status());
        List<String> lines = Objects.requireNonNull(requests.poll(20, TimeUnit.SECONDS));
        List<String> expected = argument.expected();
        assertEquals(expected.size(), lines.size(), () -> "lines: " + lines);
        for (int i = 0; i < lines.size(); i++) {
            if (i == argument.line) {
                assertWellFormed(i, lines.get(i));
                assertTextArrived(argument, text, lines.get(i));
            } else {
                assertEquals(expected.get(i), lines.get(i));
            }
        }
        return true;
    }

    private static void assertWellFormed(int index, String line) {
        assertTrue(line.chars().noneMatch(c -> c < ' ' && c != '\t' || c == 127), "a control character is in " + line);
        switch (index) {
            case 0 -> assertTrue(line.matches("[!#$%&'*+.^_`|~0-9A-Z-]+ /[^ \t]* HTTP/1\\.1"), line);
            case 1 -> assertTrue(line.matches("Host: ([A-Za-z0-9._-]*|\\[[0-9a-fA-F:.]+])(:[0-9]{1,5})?"), line);
            default -> assertTrue(line.matches("(?s)[!#$%&'*+.^_`|~0-9A-Za-z-]+: .*"), line);
        }
    }

    /** Accepted text must arrive unchanged or percent-encoded; no part of it may be cut or repaired. */
    private static void assertTextArrived(TextArgument argument, String text, String line) {
        switch (argument) {
            case METHOD -> assertEquals(text.toUpperCase(Locale.ROOT) + " / HTTP/1.1", line);
            case HEADER_NAME, ADDED_HEADER_NAME, TRAILER_NAME ->
                assertEquals(text.toLowerCase(Locale.ROOT) + ": v", line.toLowerCase(Locale.ROOT));
            case EXACT_HEADER_NAME -> assertEquals(text + ": v", line);
            case HEADER_VALUE, EXACT_HEADER_VALUE, ADDED_HEADER_VALUE, TRAILER_VALUE, HOST, CONNECTION, TE ->
                assertEquals(text.strip(), line.substring(line.indexOf(": ") + 2));
            case KEY -> assertEquals("GET /?" + text + "=v HTTP/1.1", URLDecoder.decode(line, StandardCharsets.UTF_8));
            case VALUE ->
                assertEquals("GET /?k=" + text + " HTTP/1.1", URLDecoder.decode(line, StandardCharsets.UTF_8));
            case FLAG -> {
                String query = text.isEmpty() ? "" : "?" + text;
                assertEquals("GET /" + query + " HTTP/1.1", URLDecoder.decode(line, StandardCharsets.UTF_8));
            }
            case PATH -> assertEquals("GET " + rooted(encoded(text)) + " HTTP/1.1", line);
            case RAW_PATH -> assertEquals("GET " + rooted(text) + " HTTP/1.1", utf8(line));
            case SEGMENT -> {
                assertTrue(line.matches("GET /[A-Za-z0-9._~!$&'()*+,=:@%-]+ HTTP/1\\.1"), line);
                assertEquals("GET /" + text + " HTTP/1.1", URLDecoder.decode(line, StandardCharsets.UTF_8));
            }
            case RAW_QUERY -> assertEquals("GET /" + marked(text) + " HTTP/1.1", utf8(line));
            case PATH_OF_URI, WHOLE_URI -> assertEquals("GET /" + encoded(text.split("#", 2)[0]) + " HTTP/1.1", line);
            case PAIRS, HOST_OF_URI, PORT_OF_URI, LEFT_OUT_HEADER_NAME -> {
                // Not checked here, because the map decides the order of the pairs, and because a text in a URI may
                // have changed other parts than the host.
            }
        }
    }

    private static String rooted(String path) {
        return path.startsWith("/") ? path : "/" + path;
    }

    private static String marked(String query) {
        String marked = query.startsWith("?") || query.isEmpty() ? query : "?" + query;
        return marked.equals("?") ? "" : marked;
    }

    /** Percent-encodes the characters that RFC 3986 does not allow here. */
    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte next : text.getBytes(StandardCharsets.UTF_8)) {
            boolean escape = next < 0 || "\"<>[]^`{|}".indexOf(next) >= 0;
            encoded.append(escape ? "%%%02X".formatted(next & 0xff) : String.valueOf((char) next));
        }
        return encoded.toString();
    }

    private static String utf8(String line) {
        return new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    @Test
    void aHostToConnectToMustBeANameOrAnAddress() throws Exception {
        Random random = new FixedSeed(RequestInjectionTest.class, 7).random();
        for (int i = 0; i < 20_000 + HARMFUL.size(); i++) {
            String text = i < HARMFUL.size() ? HARMFUL.get(i) : piece(random) + piece(random) + piece(random);
            assertNameOrRefused("host", text, () -> ((Endpoint.Tcp) Endpoint.of(text, 80)).host());
            assertNameOrRefused(
                    "host", text, () -> Request.get("/").at(text, 81).outgoing().host());
            assertNameOrRefused(
                    "serverName",
                    text,
                    () -> Tls.DEFAULT.serverName(text).settings().identity("x").serverName());
        }
    }

    private interface NameSource {
        String name() throws Exception;
    }

    private static void assertNameOrRefused(String argument, String text, NameSource source) throws Exception {
        try {
            String name = source.name();
            assertTrue(name.equalsIgnoreCase(text), name);
            assertTrue(name.matches("[A-Za-z0-9._-]+|[0-9a-f:.]+"), name);
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().startsWith(argument + ": "), e.getMessage());
        }
    }
}
