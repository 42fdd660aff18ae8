package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.ClientInternals;
import io.httpipe.Limits;
import io.httpipe.Request;
import io.httpipe.fuzz.InMemoryServer.Answer;
import io.httpipe.fuzz.ReferenceRequestParser.ParsedRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The input is a script that makes a request, one step a line; {@code ^000a} stands for the character of that number.
 * Each step is either refused with an {@link IllegalArgumentException} or done, just as {@link RequestModel} has it;
 * and what goes over the wire is one request, with what was said and not a line more.
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
    private static final Httpipe EXACT_CLIENT =
            ClientInternals.client(SERVER).maxOpen(1).exactHeaderNames(true).build();

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
            Request present = request;
            Request next = model.step(line, present);
            request = next == null ? present : next;
        }
        if (!model.hasOrigin()) {
            request = request.at("h", 80);
        }
        send(request, model);
    }

    /** What a step of a request is. */
    interface RequestStep {
        Request run();
    }

    /** Does a step, which must be refused if it is not valid; null if it was. */
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
        String[] seen = {""};
        SERVER.play((connection, exchange, octets) -> {
            seen[0] = Bytes.latin1(octets);
            boolean more = ReferenceRequestParser.parse(seen[0]) instanceof ParseResult.Incomplete<ParsedRequest>;
            return more ? null : Answer.silentAfter(List.of(OK));
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
            assertFalse(ReferenceRequestParser.parse(seen[0]) instanceof ParseResult.Complete<ParsedRequest>, "was sent all the same");
            return;
        }
        assertEquals(1, SERVER.connections().size());
        assertEquals(OK.length, SERVER.connections().getFirst().bytesRead());
        ParseResult.Complete<?> whole = assertInstanceOf(ParseResult.Complete.class, ReferenceRequestParser.parse(seen[0]), seen[0]);
        assertEquals(seen[0].length(), whole.length(), "more than one request");
        assertEquals(model.message(), whole.value());
    }
}
