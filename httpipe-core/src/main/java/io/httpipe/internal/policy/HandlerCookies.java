package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.Origin;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.CookieHandler;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lets a {@link CookieHandler} keep the cookies, and calls it on the thread of the call. Thread-safe if the handler is.
 * An interrupt of the thread in the handler cancels the call.
 */
public final class HandlerCookies implements Cookies {
    private final CookieHandler handler;

    private HandlerCookies(CookieHandler handler) {
        this.handler = handler;
    }

    public static Cookies of(CookieHandler handler) {
        return new HandlerCookies(handler);
    }

    @Override
    public @Nullable String header(Outgoing request, @Nullable Origin initiator) throws IOException {
        try {
            Map<String, List<String>> found = handler.get(JdkUri.of(request), map(request.fields()));
            List<String> cookies = found == null ? null : found.get("Cookie");
            return cookies == null || cookies.isEmpty()
                    ? null
                    : Arguments.fieldValue("Cookie", String.join("; ", cookies));
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    @Override
    public void received(Outgoing request, FieldLines fields) throws IOException {
        try {
            handler.put(JdkUri.of(request), map(fields));
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    private static Map<String, List<String>> map(FieldLines fields) {
        Map<String, List<String>> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 0; i < fields.size(); i++) {
            List<String> values = map.get(fields.name(i));
            if (values == null) {
                values = new ArrayList<>();
                map.put(fields.name(i), values);
            }
            values.add(fields.value(i));
        }
        return map;
    }

    private IOException failed(Exception e) {
        boolean interrupted = Thread.currentThread().isInterrupted()
                || e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
        IOException failure = interrupted
                ? new ClosedByInterruptException()
                : new CookieHandlerException(handler.getClass().getName(), e);
        if (interrupted) {
            Thread.currentThread().interrupt();
            failure.initCause(e);
        }
        return failure;
    }
}
