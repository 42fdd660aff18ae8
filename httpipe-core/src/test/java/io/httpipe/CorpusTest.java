package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.CutTransport;
import io.httpipe.testing.Servers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Runs every case of the corpus through each interface of the client, whole and cut. */
@Timeout(300)
class CorpusTest {
    private static final List<CorpusCase> CASES = load();

    /** Facts that only tokens report: informational heads, and the body received before a fault. */
    private static final Set<String> ONLY_TOKENS = Set.of("early", "body");

    /** Closes the connection, so that the next run cannot reuse it. */
    private static final Request AGAIN = Request.get("http://server.test/again").header("Connection", "close");

    private static List<CorpusCase> load() {
        try {
            return CorpusCase.all();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A client of an in-memory server. Its first connection gets the response of the case, later ones 'OK'. */
    private static final class CorpusClient implements AutoCloseable {
        private final Queue<CutTransport> connections = new ArrayDeque<>();
        private final CorpusCase testCase;
        private final Httpipe hp;

        CorpusClient(CorpusCase testCase) {
            this.testCase = testCase;
            // With one connection per route, a call waits while the pool checks the idle connection.
            hp = Httpipe.builder()
                    .limits(testCase.limits())
                    .maxConnectionsPerRoute(1)
                    .dialer(CutTransport.dialer(connections::remove))
                    .build();
        }

        private CutTransport connectTo(CutTransport first) {
            connections.clear();
            connections.add(first);
            connections.add(CutTransport.ordinary());
            return first;
        }

        /** {@return the facts that {@link Httpipe#request} reports} */
        Map<String, List<String>> plain(CutTransport first) throws HttpipeException {
            connectTo(first);
            Map<String, List<String>> facts = new HashMap<>();
            try {
                facts.putAll(facts(hp.request(request(testCase))));
            } catch (HttpipeException e) {
                facts.putAll(facts(e));
                assertFalse(first.isOpen(), "the connection is closed after a failure");
            }
            facts.put("reuse", List.of(hp.request(AGAIN).reusedTimes() == 1 ? "yes" : "no"));
            return facts;
        }

        /** {@return the facts that {@link Exchange#read} reports} */
        Map<String, List<String>> tokens(CutTransport first) throws HttpipeException {
            connectTo(first);
            Map<String, List<String>> facts = new HashMap<>();
            try (Exchange exchange = hp.connect("server.test", 80)) {
                try {
                    exchange.sendRequest(request(testCase));
                    Token token;
                    do {
                        token = exchange.read();
                        add(facts, token);
                    } while (!(token instanceof Token.Eof));
                } catch (HttpipeException e) {
                    // How much of a too large body is read first depends on the cuts, so it is not compared.
                    facts.keySet().retainAll(e instanceof BodyTooLargeException ? Set.of() : Set.of("body"));
                    facts.putAll(facts(e));
                    exchange.abort();
                }
                facts.put("reuse", List.of(again(exchange) ? "yes" : "no"));
            }
            assertFalse(first.isOpen(), "the connection is not kept");
            return facts;
        }

        /** {@return the facts that {@link Exchange#readResponse} reports} */
        Map<String, List<String>> readResponse(CutTransport first) throws HttpipeException {
            connectTo(first);
            Map<String, List<String>> facts = new HashMap<>();
            try (Exchange exchange = hp.connect("server.test", 80)) {
                try {
                    exchange.sendRequest(request(testCase));
                    facts.putAll(facts(exchange.readResponse()));
                } catch (HttpipeException e) {
                    facts.putAll(facts(e));
                    exchange.abort();
                }
                facts.put("reuse", List.of(again(exchange) ? "yes" : "no"));
            }
            return facts;
        }

        private static boolean again(Exchange exchange) {
            try {
                return exchange.request(AGAIN).status() == 200;
            } catch (HttpipeException | IllegalStateException e) {
                return false;
            }
        }

        @Override
        public void close() {
            hp.close();
        }
    }

    private static Request request(CorpusCase testCase) {
        Request request = Request.of(testCase.method(), "http://server.test/");
        return testCase.maxBodySize() < 0 ? request : request.maxBodySize(testCase.maxBodySize());
    }

    private static Map<String, List<String>> facts(Response response) {
        return Map.of(
                "version", List.of(response.version().toString()),
                "status", List.of("" + response.status()),
                "reason", List.of(response.reason()),
                "field", lines(response.headers()),
                "body", List.of(new String(response.body(), StandardCharsets.ISO_8859_1)),
                "trailer", lines(response.trailers()));
    }

    /**
     * Removes quoted bytes from the message, because they depend on how much had arrived. Also removes the phase of a
     * body that is too large: with a Content-Length, the head is enough to detect it.
     */
    private static Map<String, List<String>> facts(HttpipeException e) {
        String says = e.getMessage()
                .replaceAll("(: )?\"([^\"\\\\]|\\\\.)*\"(\\.\\.\\.)?", "")
                .replaceAll(e instanceof BodyTooLargeException ? " while .*" : " \\(.*", "");
        return Map.of("fails", List.of(e.getClass().getSimpleName().replace("Exception", "")), "says", List.of(says));
    }

    private static List<String> lines(Headers headers) {
        List<String> lines = new ArrayList<>();
        headers.forEach(line -> lines.add(line.getKey() + ": " + line.getValue()));
        return lines;
    }

    private static void add(Map<String, List<String>> facts, Token token) {
        switch (token) {
            case Token.Informational early -> at(facts, "early").add("" + early.status());
            case Token.StatusLine line -> {
                facts.put("version", List.of(line.version().toString()));
                facts.put("status", List.of("" + line.status()));
                facts.put("reason", List.of(line.reason()));
            }
            case Token.Header header -> at(facts, "field").add(header.name() + ": " + header.value());
            case Token.HeaderEnd end -> at(facts, "field");
            case Token.Body body ->
                facts.merge(
                        "body",
                        List.of(new String(body.data(), StandardCharsets.ISO_8859_1)),
                        (before, more) -> List.of(before.getFirst() + more.getFirst()));
            case Token.BodyEnd end -> facts.putIfAbsent("body", List.of(""));
            case Token.Trailer trailer -> at(facts, "trailer").add(trailer.name() + ": " + trailer.value());
            case Token.Eof end -> at(facts, "trailer");
        }
    }

    private static List<String> at(Map<String, List<String>> facts, String key) {
        return facts.computeIfAbsent(key, k -> new ArrayList<>());
    }

    /** Compares the facts with those that the case expects. Facts that the case does not mention are ignored. */
    private static void verify(CorpusCase testCase, Map<String, List<String>> facts, boolean asTokens) {
        String what = "%s, %s: %s".formatted(testCase, asTokens ? "as tokens" : "plain", facts);
        testCase.expected().forEach((key, expected) -> {
            List<String> actual = facts.getOrDefault(key, List.of());
            if (key.equals("says")) {
                assertTrue(actual.toString().contains(expected.getFirst()), what);
            } else if (asTokens || facts.containsKey(key) || !ONLY_TOKENS.contains(key)) {
                assertEquals(expected, actual, what);
            }
        });
        assertEquals(testCase.fails(), facts.containsKey("fails"), what);
        if (testCase.fails()) {
            assertEquals(List.of("no"), facts.get("reuse"), what);
            return;
        }
        for (String key : List.of("early", "trailer")) {
            if (!testCase.expected().containsKey(key)) {
                assertEquals(List.of(), facts.getOrDefault(key, List.of()), what);
            }
        }
    }

    @Test
    void thereAreManyCasesAndNoDuplicates() {
        assertTrue(CASES.size() >= 300, "" + CASES.size());
        Set<String> names = new HashSet<>();
        Set<String> responses = new HashSet<>();
        for (CorpusCase testCase : CASES) {
            assertTrue(names.add(testCase.name()), testCase.name());
            String same = "%s %s %s %d "
                    .formatted(testCase.method(), testCase.end(), testCase.limits(), testCase.maxBodySize());
            assertTrue(responses.add(same + new String(testCase.sent(), StandardCharsets.ISO_8859_1)), testCase.name());
        }
    }

    /** Sends each response whole over TCP to {@link Httpipe#request}, then makes a second request. */
    @TestFactory
    Stream<DynamicTest> eachCaseOverTcp() throws Exception {
        // A TCP reset may discard bytes sent before it. CutResponseTest covers resets.
        List<CorpusCase> cases = CASES.stream()
                .filter(each -> each.end() != CutTransport.End.RESET)
                .toList();
        ScriptedServer server = ScriptedServer.of(peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                String path = head.split(" ", 3)[1];
                if (path.equals("/again")) {
                    peer.send(CutTransport.OK);
                } else {
                    CorpusCase testCase = cases.get(Integer.parseInt(path.substring(1)));
                    peer.send(testCase.sent());
                    if (testCase.end() == CutTransport.End.CLOSE) {
                        return;
                    }
                }
            }
        });
        return IntStream.range(0, cases.size())
                .mapToObj(i ->
                        DynamicTest.dynamicTest(cases.get(i).name(), () -> eachCaseOverTcp(server, cases.get(i), i)))
                .onClose(() -> closeQuietly(server));
    }

    private static void closeQuietly(ScriptedServer server) {
        try {
            server.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void eachCaseOverTcp(ScriptedServer server, CorpusCase testCase, int index) throws Exception {
        Request request = request(testCase).path("/" + index).at(Servers.endpoint(server));
        if (testCase.expected().getOrDefault("fails", List.of()).contains("TimedOut")) {
            request = request.timeouts(Timeouts.of(Duration.ofMillis(100)));
        }
        Map<String, List<String>> facts = new HashMap<>();
        try (Httpipe hp = Httpipe.builder().limits(testCase.limits()).build()) {
            try {
                facts.putAll(facts(hp.request(request)));
            } catch (HttpipeException e) {
                facts.putAll(facts(e));
            }
            int reusedTimes = hp.request(AGAIN.at(Servers.endpoint(server))).reusedTimes();
            facts.put("reuse", List.of(reusedTimes == 1 ? "yes" : "no"));
        }
        verify(testCase, facts, false);
    }

    /** Each case whole, cut in two at each byte, and byte by byte. The result is the same for all interfaces. */
    @TestFactory
    Stream<DynamicTest> eachCaseSplitAtEveryByte() {
        return CASES.stream()
                .map(testCase -> DynamicTest.dynamicTest(testCase.name(), () -> eachCaseSplitAtEveryByte(testCase)));
    }

    private static void eachCaseSplitAtEveryByte(CorpusCase testCase) throws Exception {
        try (CorpusClient client = new CorpusClient(testCase)) {
            Map<String, List<String>> plain = client.plain(cut(testCase));
            Map<String, List<String>> tokens = client.tokens(cut(testCase));
            verify(testCase, plain, false);
            verify(testCase, tokens, true);
            Map<String, List<String>> common = new HashMap<>(tokens);
            common.keySet().retainAll(plain.keySet());
            assertEquals(plain, common, testCase + ", plain and as tokens");
            for (int cut : cuts(testCase)) {
                assertEquals(plain, client.plain(cut(testCase, cut)), testCase + ", cut at " + cut);
                assertEquals(tokens, client.tokens(cut(testCase, cut)), testCase + ", as tokens, cut at " + cut);
            }
            int[] everywhere = everywhere(testCase);
            assertEquals(plain, client.plain(cut(testCase, everywhere)), testCase + ", byte by byte");
            assertEquals(tokens, client.tokens(cut(testCase, everywhere)), testCase + ", as tokens, byte by byte");
            assertEquals(plain, client.readResponse(cut(testCase)), testCase + ", readResponse");
            assertEquals(
                    plain, client.readResponse(cut(testCase, everywhere)), testCase + ", readResponse, byte by byte");
        }
    }

    /** Each case closed at each byte. Unless the close ends the body, no prefix of a response is another valid response. */
    @TestFactory
    Stream<DynamicTest> eachCaseClosedAtEveryByte() {
        return CASES.stream()
                .map(testCase -> DynamicTest.dynamicTest(testCase.name(), () -> eachCaseClosedAtEveryByte(testCase)));
    }

    private static void eachCaseClosedAtEveryByte(CorpusCase testCase) throws Exception {
        try (CorpusClient client = new CorpusClient(testCase)) {
            Map<String, List<String>> whole = client.tokens(cut(testCase));
            for (int length : cuts(testCase)) {
                byte[] prefix = Arrays.copyOf(testCase.sent(), length);
                Map<String, List<String>> facts = client.tokens(new CutTransport(prefix, CutTransport.End.CLOSE));
                String where = testCase + ", stopped at " + length + ": " + facts;
                assertEquals(List.of("no"), facts.get("reuse"), where);
                if (!facts.containsKey("fails")) {
                    // Either only surplus bytes are missing, or the close delimits the body.
                    assertFalse(List.of("MalformedResponse").equals(whole.get("fails")), where);
                    assertTrue(whole.containsKey("fails") || sameHead(whole, facts), where);
                    assertTrue(untilClose(facts) || whole.get("body").equals(facts.get("body")), where);
                } else if (!facts.get("fails").equals(List.of("ConnectionLost"))) {
                    assertEquals(whole.get("fails"), facts.get("fails"), where);
                    assertEquals(whole.get("says"), facts.get("says"), where);
                }
            }
        }
    }

    private static boolean sameHead(Map<String, List<String>> one, Map<String, List<String>> other) {
        return Stream.of("version", "status", "reason", "field")
                .allMatch(key -> one.get(key).equals(other.get(key)));
    }

    private static boolean untilClose(Map<String, List<String>> facts) {
        return facts.get("field").stream()
                .noneMatch(line -> line.startsWith("Content-Length:") || line.startsWith("Transfer-Encoding:"));
    }

    /** {@return the offsets at which to cut this case} */
    private static int[] cuts(CorpusCase testCase) {
        return testCase.cuts().isEmpty()
                ? everywhere(testCase)
                : testCase.cuts().stream()
                        .mapToInt(Integer::intValue)
                        .filter(cut -> cut < testCase.sent().length)
                        .toArray();
    }

    private static int[] everywhere(CorpusCase testCase) {
        return IntStream.range(1, testCase.sent().length).toArray();
    }

    private static CutTransport cut(CorpusCase testCase, int... cuts) {
        return new CutTransport(testCase.sent(), testCase.end(), cuts);
    }
}
