package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.ClientInternals;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Limits;
import io.httpipe.Request;
import io.httpipe.fuzz.InMemoryServer.Answer;
import io.httpipe.fuzz.ReferenceRequestParser.ParsedRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fuzzes the request API. The input is a script that builds a request, with one step on each line; see
 * {@link TextInput#decode}. Each step must succeed or throw an {@link IllegalArgumentException}. {@link RequestModel}
 * predicts which. It also predicts whether the client can send the request. If the client can, it must send exactly one
 * request, with exactly the given content. Otherwise it must throw an {@link IllegalArgumentException}.
 *
 * <pre>
 * POST http://h/p?q
 * path /a            pair key value     add Name: value      version10
 * query a=b&amp;c     flag key           header Name: value   body text
 * rawpath /a         segment text       exact Name: value    exactnames
 * rawquery a         trailer Name: v    none Name            chunks text
 * </pre>
 */
public final class RequestFuzzTarget {
    private static final byte[] OK = Bytes.of("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

    private static final InMemoryServer SERVER = new InMemoryServer();
    private static final Httpipe CLIENT = SERVER.client(Limits.DEFAULT);
    private static final Httpipe EXACT_CLIENT = ClientInternals.clientBuilder(SERVER)
            .maxConnectionsPerRoute(1)
            .exactHeaderNames(true)
            .build();

    private RequestFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws HttpipeException {
        List<String> lines = List.of(TextInput.decode(data).split("\n", -1));
        String[] first = lines.getFirst().split(" ", 2);
        RequestModel model = new RequestModel();
        Request request = step(
                model.begin(first[0], first.length < 2 ? "/" : first[1]),
                () -> Request.of(first[0], first.length < 2 ? "/" : first[1]));
        if (request == null) {
            return;
        }
        for (String line : lines.subList(1, lines.size())) {
            Request current = request;
            Request next = model.step(line, current);
            request = next == null ? current : next;
        }
        if (!model.hasOrigin()) {
            request = request.at("h", 80);
        }
        send(request, model);
    }

    /** One step that builds a request. */
    interface RequestStep {
        Request run();
    }

    /** Runs a step. Checks that it is refused if and only if it is not valid. Returns null if it was refused. */
    static @Nullable Request step(boolean valid, RequestStep step) {
        try {
            Request next = step.run();
            assertTrue(valid, "should have been refused");
            return next;
        } catch (IllegalArgumentException e) {
            TextInput.assertOneLineMessage(e);
            if (valid) {
                throw new AssertionError("should not have been refused", e);
            }
            return null;
        }
    }

    private static void send(Request request, RequestModel model) throws HttpipeException {
        String[] received = {""};
        SERVER.play((connection, exchange, bytes) -> {
            received[0] = Bytes.latin1(bytes);
            boolean incomplete =
                    ReferenceRequestParser.parse(received[0]) instanceof ParseResult.Incomplete<ParsedRequest>;
            return incomplete ? null : Answer.silentAfter(List.of(OK));
        });
        try {
            assertEquals(
                    200,
                    (model.exactNames() ? EXACT_CLIENT : CLIENT)
                            .request(request)
                            .status());
            assertTrue(model.sendable(), "should have been refused");
        } catch (IllegalArgumentException e) {
            TextInput.assertOneLineMessage(e);
            assertFalse(model.sendable(), e.getMessage());
            assertFalse(
                    ReferenceRequestParser.parse(received[0]) instanceof ParseResult.Complete<ParsedRequest>,
                    "was sent although it was refused");
            return;
        }
        assertEquals(1, SERVER.connections().size());
        assertEquals(OK.length, SERVER.connections().getFirst().bytesRead());
        ParseResult.Complete<?> complete =
                assertInstanceOf(ParseResult.Complete.class, ReferenceRequestParser.parse(received[0]), received[0]);
        assertEquals(received[0].length(), complete.length(), "more than one request");
        assertEquals(model.expected(), complete.value());
    }
}
