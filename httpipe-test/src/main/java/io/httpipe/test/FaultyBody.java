package io.httpipe.test;

import io.httpipe.ConnectionLostException;
import io.httpipe.Phase;
import io.httpipe.StreamedResponse;
import io.httpipe.TimedOutException;
import io.httpipe.test.server.InjectedFault;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads a response body, and injects one fault into it. For one thread, except {@link #close}. */
final class FaultyBody extends InputStream {
    private static final int SLOW_BYTES = 64;

    private final StreamedResponse response;
    private final InputStream in;
    private final InjectedFault fault;
    private final Duration stalls;
    private final Waits waits;
    private final Runnable injected;
    private long passed;
    private boolean happened;

    /** How many of the next reads return only one byte, after a pause. */
    private int slow;

    private Duration slowPause = Duration.ZERO;

    FaultyBody(StreamedResponse response, InjectedFault fault, Duration stalls, Waits waits, Runnable injected) {
        this.response = response;
        this.in = response.body();
        this.fault = fault;
        this.stalls = stalls;
        this.waits = waits;
        this.injected = injected;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
        if (!happened && passed == fault.atByte()) {
            inject();
        }
        long most = happened ? count : Math.min(count, fault.atByte() - passed);
        if (slow > 0) {
            slow--;
            most = Math.min(most, 1);
            waits.pause(slowPause, Phase.RESPONSE_BODY);
        }
        int read = in.read(buffer, offset, (int) most);
        if (read < 0 && !happened) {
            // The body has ended before the byte of the fault.
            inject();
        }
        passed += Math.max(0, read);
        return read;
    }

    private void inject() throws IOException {
        happened = true;
        injected.run();
        switch (fault.kind()) {
            case DELAY -> waits.pause(fault.pause(), Phase.RESPONSE_BODY);
            case SLOW -> {
                slow = SLOW_BYTES;
                slowPause = fault.pause().dividedBy(SLOW_BYTES);
            }
            case STALL -> {
                waits.pause(stalls, Phase.RESPONSE_BODY);
                response.abort();
                throw new TimedOutException(
                        TimedOutException.Limit.READ,
                        "injected: no bytes within " + stalls,
                        waits.facts(Phase.RESPONSE_BODY, true));
            }
            case CUT -> lose("injected: the server closed the connection within the body", null);
            case RESET, REFUSE -> lose("injected: the connection was lost", new SocketException("Connection reset"));
        }
    }

    private void lose(String message, @Nullable SocketException cause) throws IOException {
        response.abort();
        throw new ConnectionLostException(message, waits.facts(Phase.RESPONSE_BODY, true), cause);
    }

    @Override
    public int available() throws IOException {
        return happened && slow == 0 ? in.available() : 0;
    }

    @Override
    public void close() throws IOException {
        waits.close();
        in.close();
    }
}
