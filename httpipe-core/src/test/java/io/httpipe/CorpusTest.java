package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.CutTransport;
import io.httpipe.testing.ScriptedServer;
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

/** Every case of the corpus through the client, whole and cut, by each of its interfaces. */
@Timeout(300)
class CorpusTest {
    private static final List<CorpusCase> CASES = load();

    /** What only tokens tell: the heads before that of the response, and how much came before a fault. */
    private static final Set<String> ONLY_TOKENS = Set.of("early", "body");

    /** Ends the connection, so that no run leaves one for the next. */
    private static final Request AGAIN = Request.get("http://server.test/again").header("Connection", "close");

    private static List<CorpusCase> load() {
        try {
            return CorpusCase.all();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A client of a server in memory: its first connection gets the case's response, the next an ordinary one. */
    private static final class Bench implements AutoCloseable {
        private final Queue<CutTransport> connections = new ArrayDeque<>();
        private final CorpusCase given;
        private final Httpipe hp;

        Bench(CorpusCase given) {
            this.given = given;
            // With room for one connection only, a call that comes while the pool inspects that one waits for it.
            hp = Httpipe.builder()
                    .limits(given.limits())
                    .maxConnectionsPerRoute(1)
                    .dialer(CutTransport.dialer(connections::remove))
                    .build();
        }

        private CutTransport serve(CutTransport first) {
            connections.clear();
            connections.add(first);
            connections.add(CutTransport.ordinary());
            return first;
        }

        /** What {@link Httpipe#request} makes of it. */
        Map<String, List<String>> plain(CutTransport first) throws HttpipeException {
            serve(first);
            Map<String, List<String>> facts = new HashMap<>();
            try {
                facts.putAll(facts(hp.request(request(given))));
            } catch (HttpipeException e) {
                facts.putAll(facts(e));
                assertFalse(first.isOpen(), "closed behind a failure");
            }
            facts.put("reuse", List.of(hp.request(AGAIN).reusedTimes() == 1 ? "yes" : "no"));
            return facts;
        }

        /** What {@link Exchange#read} makes of it. */
        Map<String, List<String>> tokens(CutTransport first) throws HttpipeException {
            serve(first);
            Map<String, List<String>> facts = new HashMap<>();
            try (Exchange exchange = hp.connect("server.test", 80)) {
                try {
                    exchange.sendRequest(request(given));
                    Token token;
                    do {
                        token = exchange.read();
                        add(facts, token);
                    } while (!(token instanceof Token.Eof));
                } catch (HttpipeException e) {
                    // Of a body that is too large, how much came before is a matter of how it came.
                    facts.keySet().retainAll(e instanceof BodyTooLargeException ? Set.of() : Set.of("body"));
                    facts.putAll(facts(e));
                    exchange.abort();
                }
                facts.put("reuse", List.of(again(exchange) ? "yes" : "no"));
            }
            assertFalse(first.isOpen(), "nobody keeps it");
            return facts;
        }

        /** What {@link Exchange#readResponse} makes of it. */
        Map<String, List<String>> readResponse(CutTransport first) throws HttpipeException {
            serve(first);
            Map<String, List<String>> facts = new HashMap<>();
            try (Exchange exchange = hp.connect("server.test", 80)) {
                try {
                    exchange.sendRequest(request(given));
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

    private static Request request(CorpusCase given) {
        Request request = Request.of(given.method(), "http://server.test/");
        return given.maxBodySize() < 0 ? request : request.maxBodySize(given.maxBodySize());
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
     * What the message quotes is left out, for how much of the fault it shows depends on how much had come; and so is
     * the phase of a body that is too large, which shows in the head already where there is a length.
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

    /** Compares what came with what the case expects; what it does not mention it does not care for. */
    private static void verify(CorpusCase given, Map<String, List<String>> facts, boolean asTokens) {
        String what = "%s, %s: %s".formatted(given, asTokens ? "as tokens" : "plain", facts);
        given.expected().forEach((key, expected) -> {
            List<String> actual = facts.getOrDefault(key, List.of());
            if (key.equals("says")) {
                assertTrue(actual.toString().contains(expected.getFirst()), what);
            } else if (asTokens || facts.containsKey(key) || !ONLY_TOKENS.contains(key)) {
                assertEquals(expected, actual, what);
            }
        });
        assertEquals(given.fails(), facts.containsKey("fails"), what);
        if (given.fails()) {
            assertEquals(List.of("no"), facts.get("reuse"), what);
            return;
        }
        for (String key : List.of("early", "trailer")) {
            if (!given.expected().containsKey(key)) {
                assertEquals(List.of(), facts.getOrDefault(key, List.of()), what);
            }
        }
    }

    @Test
    void thereAreManyCasesAndNoTwoAreTheSame() {
        assertTrue(CASES.size() >= 300, "" + CASES.size());
        Set<String> names = new HashSet<>();
        Set<String> octets = new HashSet<>();
        for (CorpusCase given : CASES) {
            assertTrue(names.add(given.name()), given.name());
            String same = "%s %s %s %d ".formatted(given.method(), given.end(), given.limits(), given.maxBodySize());
            assertTrue(octets.add(same + new String(given.octets(), StandardCharsets.ISO_8859_1)), given.name());
        }
    }

    /** Whole responses over TCP by {@link Httpipe#request}, and a second request after each. */
    @TestFactory
    Stream<DynamicTest> overTcp() throws Exception {
        // A reset over TCP may overtake what was sent before it; CutResponseTest has those.
        List<CorpusCase> cases = CASES.stream()
                .filter(each -> each.end() != CutTransport.End.RESET)
                .toList();
        ScriptedServer server = ScriptedServer.of(peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                String path = head.split(" ", 3)[1];
                if (path.equals("/again")) {
                    peer.send(CutTransport.OK);
                } else {
                    CorpusCase given = cases.get(Integer.parseInt(path.substring(1)));
                    peer.send(given.octets());
                    if (given.end() == CutTransport.End.CLOSE) {
                        return;
                    }
                }
            }
        });
        return IntStream.range(0, cases.size())
                .mapToObj(i -> DynamicTest.dynamicTest(cases.get(i).name(), () -> overTcp(server, cases.get(i), i)))
                .onClose(() -> closeQuietly(server));
    }

    private static void closeQuietly(ScriptedServer server) {
        try {
            server.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void overTcp(ScriptedServer server, CorpusCase given, int index) throws Exception {
        Request request = request(given).path("/" + index).at(server.endpoint());
        if (given.expected().getOrDefault("fails", List.of()).contains("TimedOut")) {
            request = request.timeouts(Timeouts.of(Duration.ofMillis(100)));
        }
        Map<String, List<String>> facts = new HashMap<>();
        try (Httpipe hp = Httpipe.builder().limits(given.limits()).build()) {
            try {
                facts.putAll(facts(hp.request(request)));
            } catch (HttpipeException e) {
                facts.putAll(facts(e));
            }
            int reusedTimes = hp.request(AGAIN.at(server.endpoint())).reusedTimes();
            facts.put("reuse", List.of(reusedTimes == 1 ? "yes" : "no"));
        }
        verify(given, facts, false);
    }

    /** Each case whole, cut in two at each byte, and byte by byte: it makes no difference, to none of the interfaces. */
    @TestFactory
    Stream<DynamicTest> cutAtEveryByte() {
        return CASES.stream().map(given -> DynamicTest.dynamicTest(given.name(), () -> cutAtEveryByte(given)));
    }

    private static void cutAtEveryByte(CorpusCase given) throws Exception {
        try (Bench bench = new Bench(given)) {
            Map<String, List<String>> plain = bench.plain(cut(given));
            Map<String, List<String>> tokens = bench.tokens(cut(given));
            verify(given, plain, false);
            verify(given, tokens, true);
            Map<String, List<String>> common = new HashMap<>(tokens);
            common.keySet().retainAll(plain.keySet());
            assertEquals(plain, common, given + ", plain and as tokens");
            for (int cut : cuts(given)) {
                assertEquals(plain, bench.plain(cut(given, cut)), given + ", cut at " + cut);
                assertEquals(tokens, bench.tokens(cut(given, cut)), given + ", as tokens, cut at " + cut);
            }
            int[] everywhere = everywhere(given);
            assertEquals(plain, bench.plain(cut(given, everywhere)), given + ", byte by byte");
            assertEquals(tokens, bench.tokens(cut(given, everywhere)), given + ", as tokens, byte by byte");
            assertEquals(plain, bench.readResponse(cut(given)), given + ", readResponse");
            assertEquals(plain, bench.readResponse(cut(given, everywhere)), given + ", readResponse, byte by byte");
        }
    }

    /** Each case stopped by a close at each byte: no beginning of a response is another response. */
    @TestFactory
    Stream<DynamicTest> stoppedAtEveryByte() {
        return CASES.stream().map(given -> DynamicTest.dynamicTest(given.name(), () -> stoppedAtEveryByte(given)));
    }

    private static void stoppedAtEveryByte(CorpusCase given) throws Exception {
        try (Bench bench = new Bench(given)) {
            Map<String, List<String>> whole = bench.tokens(cut(given));
            for (int length : cuts(given)) {
                byte[] beginning = Arrays.copyOf(given.octets(), length);
                Map<String, List<String>> facts = bench.tokens(new CutTransport(beginning, CutTransport.End.CLOSE));
                String where = given + ", stopped at " + length + ": " + facts;
                assertEquals(List.of("no"), facts.get("reuse"), where);
                if (!facts.containsKey("fails")) {
                    // Either only surplus is missing, or the close is what ends the body.
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

    /** Where to cut this one. */
    private static int[] cuts(CorpusCase given) {
        return given.cuts().isEmpty()
                ? everywhere(given)
                : given.cuts().stream()
                        .mapToInt(Integer::intValue)
                        .filter(cut -> cut < given.octets().length)
                        .toArray();
    }

    private static int[] everywhere(CorpusCase given) {
        return IntStream.range(1, given.octets().length).toArray();
    }

    private static CutTransport cut(CorpusCase given, int... cuts) {
        return new CutTransport(given.octets(), given.end(), cuts);
    }
}
