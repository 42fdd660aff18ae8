package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.fuzz.ReferenceHeadParser.ParsedHead;
import io.httpipe.fuzz.ReferenceResponseParser.Delimiter;
import io.httpipe.internal.connect.ConnectInternals;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.connect.ProxyRefusedException;
import io.httpipe.internal.connect.TunnelAuthentication;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fuzzes the answers of a proxy to CONNECT. The input is all bytes that the proxy sends before it closes. */
public final class ConnectAnswerFuzzTarget {
    private static final WireLimits LIMITS = new WireLimits(64 << 10, 1_000, 100, 4 << 10, 16 << 10);
    private static final BigInteger LONGEST = BigInteger.valueOf(64 << 10);

    private static final ProxyIdentity PROXY = new ProxyIdentity(
            ProxyIdentity.Kind.TUNNEL,
            InetSocketAddress.createUnresolved("proxy.test", 3128),
            null,
            FieldLines.EMPTY,
            null);

    private ConnectAnswerFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        String input = Bytes.latin1(data);
        Set<String> alone = outcomes(input, 0);
        Set<String> answered = outcomes(input, 1);
        for (int[] cuts : InputSplitter.cutsFor(data)) {
            assertIn(alone, outcome(new ProxyStream(data, cuts), null));
            assertIn(answered, outcome(new ProxyStream(data, cuts), new OneAnswer()));
        }
    }

    private static void assertIn(Set<String> expected, String actual) {
        assertTrue(expected.contains(actual), () -> actual + " is none of " + expected);
    }

    private static String outcome(ProxyStream stream, @Nullable TunnelAuthentication authentication)
            throws IOException {
        try {
            boolean open = ConnectInternals.openTunnel(stream, PROXY, "origin.test:443", authentication);
            assertTrue(stream.writes() <= 2, "requests: " + stream.writes());
            // The bytes that follow belong to the origin.
            return open ? "open after " + stream.bytesRead() : "needs a new connection";
        } catch (ProxyRefusedException e) {
            assertOneLine(e);
            return e.status() == 0 ? "ended" : "refused with " + e.status();
        } catch (MalformedException e) {
            assertOneLine(e);
            return "malformed";
        }
    }

    private static void assertOneLine(IOException e) {
        assertEquals(-1, e.getMessage().indexOf('\n'));
        assertEquals(-1, e.getMessage().indexOf('\r'));
    }

    /** Returns the permitted outcomes for a client that can answer this many challenges. */
    private static Set<String> outcomes(String input, int answers) {
        int at = 0;
        for (int heads = 0; heads <= LIMITS.informational(); heads++) {
            switch (ReferenceHeadParser.parseHead(input.substring(at), LIMITS)) {
                case ParseResult.Malformed<ParsedHead> malformed -> {
                    return Set.of("malformed");
                }
                case ParseResult.Incomplete<ParsedHead> incomplete -> {
                    return Set.of("ended");
                }
                case ParseResult.Complete<ParsedHead>(ParsedHead head, int length) -> {
                    at += length;
                    if (!head.informational()) {
                        return outcomes(head, input, at, answers);
                    }
                }
            }
        }
        return Set.of("malformed");
    }

    private static Set<String> outcomes(ParsedHead head, String input, int at, int answers) {
        if (head.status() >= 200 && head.status() < 300) {
            return Set.of("open after " + at);
        }
        if (head.status() != 407 || answers == 0) {
            return Set.of("refused with " + head.status());
        }
        if (!ReferenceResponseParser.keepsAlive(head)) {
            return Set.of("needs a new connection");
        }
        Delimiter delimiter = ReferenceResponseParser.delimiter("CONNECT", head);
        String rest = input.substring(at);
        return switch (delimiter) {
            case null -> Set.of("malformed");
            case Delimiter.Close() -> Set.of("needs a new connection");
            case Delimiter.Length(BigInteger length) -> {
                boolean arrived = length.compareTo(BigInteger.valueOf(rest.length())) <= 0;
                yield length.compareTo(LONGEST) > 0 || !arrived
                        ? Set.of("needs a new connection")
                        : next(input, at + length.intValueExact(), answers);
            }
            case Delimiter.Chunks() -> {
                ReferenceChunkParser.ParsedBody body = ReferenceChunkParser.parse(rest, LIMITS);
                yield switch (body.ending()) {
                    case COMPLETE -> next(input, at + body.length(), answers);
                    case INCOMPLETE -> Set.of("needs a new connection");
                    case INCOMPLETE_AND_MALFORMED -> Set.of("needs a new connection", "malformed");
                    case MALFORMED -> Set.of("malformed");
                };
            }
        };
    }

    /**
     * Returns the permitted outcomes after a challenge that ends at this position. If more bytes arrive together with
     * the challenge, the connection cannot be used again. Bytes that arrive later are the next answer.
     */
    private static Set<String> next(String input, int end, int answers) {
        Set<String> outcomes = new LinkedHashSet<>();
        if (end == input.length()) {
            // The proxy does not respond to the credentials.
            return Set.of("needs a new connection");
        }
        for (String outcome : outcomes(input.substring(end), answers - 1)) {
            String[] opened = outcome.split("open after ", 2);
            outcomes.add(opened.length == 1 ? outcome : "open after " + (end + Integer.parseInt(opened[1])));
        }
        outcomes.add("needs a new connection");
        return outcomes;
    }

    /** Answers the first challenge, whatever it is. */
    private static final class OneAnswer implements TunnelAuthentication {
        private int challenges;

        @Override
        public @Nullable String credentials(String target) {
            return challenges == 0 ? null : "Basic eDp5";
        }

        @Override
        public boolean answers(ResponseHead refusal) {
            return refusal.status() == 407 && challenges++ == 0;
        }

        @Override
        public boolean repeats() {
            assertEquals(1, challenges);
            return true;
        }

        @Override
        public void accepted(ResponseHead head) {
            assertEquals(2, head.status() / 100);
        }
    }
}
