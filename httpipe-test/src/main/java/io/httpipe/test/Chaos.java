package io.httpipe.test;

import io.httpipe.BodyReader;
import io.httpipe.ConnectFailedException;
import io.httpipe.ConnectionLostException;
import io.httpipe.Interceptor;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.StreamedResponse;
import io.httpipe.TimedOutException;
import io.httpipe.TimedOutException.Limit;
import io.httpipe.test.server.FaultKind;
import io.httpipe.test.server.FaultLog;
import io.httpipe.test.server.FaultRelay;
import io.httpipe.test.server.Faults;
import io.httpipe.test.server.InjectedFault;
import io.httpipe.test.server.InjectedFault.Direction;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An interceptor that injects faults into the calls of a client, to test that the code that uses the client survives
 * them.
 *
 * {@snippet :
 * Chaos chaos = Chaos.of(Faults.random(42).rate(0.2));
 * Httpipe hp = Httpipe.builder().intercept(chaos).build();
 * new MyCode(hp).run();
 * System.out.println(chaos); // the seed and what happened
 * }
 *
 * <p>The faults have the effects and exceptions of real ones:
 *
 * <ul>
 *   <li>A delay comes before the request or within the response body. {@link FaultKind#SLOW} slows only the response
 *       body.
 *   <li>{@link FaultKind#REFUSE} throws a {@link ConnectFailedException}.
 *   <li>A cut or reset throws a {@link ConnectionLostException}, before the request is sent or after some bytes of the
 *       response body. A body with fewer bytes is cut at its end.
 *   <li>A stall throws a {@link TimedOutException} after the time of {@link #stalls}.
 * </ul>
 *
 * <p>A delay or stall ends early at the deadline of the call, at an interrupt, or when another thread closes the
 * response. Calls are numbered in the order in which they begin. Interceptors surround the retries, redirects and
 * credentials of the client, so these do not see the faults. Use a {@link FaultRelay} to test these, and to test
 * {@link io.httpipe.Exchange}.
 *
 * <p>Thread-safe.
 */
public final class Chaos implements Interceptor {
    private final Faults faults;
    private final Duration stalls;
    private final AtomicLong calls = new AtomicLong();
    private final FaultLog log = new FaultLog();

    private Chaos(Faults faults, Duration stalls) {
        this.faults = faults;
        this.stalls = stalls;
    }

    /**
     * {@return an interceptor that injects these faults} A stall lasts for a second.
     *
     * @param faults the faults to inject
     */
    public static Chaos of(Faults faults) {
        return new Chaos(faults, Duration.ofSeconds(1));
    }

    /**
     * {@return a new interceptor with the same faults, whose first call has the number 0}
     *
     * @param duration how long a stall lasts before it throws a {@link TimedOutException}
     */
    public Chaos stalls(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("duration: " + duration + " is negative");
        }
        return new Chaos(faults, duration);
    }

    /** {@return the latest 1,000 faults that have been injected, sorted by call} */
    public List<InjectedFault> injected() {
        return log.faults();
    }

    /** {@return how many calls have begun} */
    public long calls() {
        return calls.get();
    }

    @Override
    public StreamedResponse intercept(Request request, Next next) throws IOException {
        InjectedFault fault = faults.onCall(calls.getAndIncrement());
        if (fault == null) {
            return next.proceed(request);
        }
        Waits waits = new Waits(request);
        if (isBeforeRequest(fault)) {
            log.add(fault);
            beforeRequest(fault, waits);
            return next.proceed(request);
        }
        StreamedResponse response = next.proceed(request);
        if (request.method().equals("HEAD") || response.status() == 204 || response.status() == 304) {
            return response;
        }
        FaultyBody body = new FaultyBody(response, fault, stalls, waits, () -> log.add(fault));
        long length = response.body().length();
        return response.withBody(length < 0 ? body : BodyReader.of(body, length));
    }

    private static boolean isBeforeRequest(InjectedFault fault) {
        return switch (fault.kind()) {
            case REFUSE -> true;
            case SLOW -> false;
            case DELAY, STALL, CUT, RESET -> fault.direction() == Direction.REQUEST;
        };
    }

    private void beforeRequest(InjectedFault fault, Waits waits) throws IOException {
        switch (fault.kind()) {
            case DELAY, SLOW -> waits.pause(fault.pause(), Phase.CONNECT);
            case STALL -> {
                waits.pause(stalls, Phase.RESPONSE_HEAD);
                throw new TimedOutException(
                        Limit.READ, "injected: no response within " + stalls, waits.facts(Phase.RESPONSE_HEAD, true));
            }
            case CUT ->
                throw new ConnectionLostException(
                        "injected: the server closed the connection", waits.facts(Phase.RESPONSE_HEAD, true), null);
            case RESET ->
                throw new ConnectionLostException(
                        "injected: the connection was lost",
                        waits.facts(Phase.SEND, true),
                        new SocketException("Connection reset"));
            case REFUSE ->
                throw new ConnectFailedException(
                        "injected: cannot connect",
                        waits.facts(Phase.CONNECT, true),
                        new ConnectException("Connection refused"));
        }
    }

    /** Returns a line with the settings, and a line for each of the latest 1,000 faults. */
    @Override
    public String toString() {
        return "Chaos of %s, calls: %d, faults: %d%s".formatted(faults, calls.get(), log.count(), log);
    }
}
