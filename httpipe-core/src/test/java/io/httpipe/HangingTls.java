package io.httpipe;

import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Settings whose source answers at once the first time. Later it answers only after an event. */
final class HangingTls {
    private HangingTls() {}

    /** Makes a call that waits for the source until the held call has ended. */
    static void call(HeldCall hold) throws IOException {
        hold.hp.request(hold.get("/ok").tls(until(hold.ended)));
    }

    /** The same for the handshake of an exchange. */
    static void handshake(HeldCall hold) throws IOException {
        hold.hp.connect(Servers.endpoint(hold.server)).tlsHandshake(until(hold.ended));
    }

    /** The clock advances by a second at each read, so that each call asks the source again. */
    private static Tls until(Signal event) throws IOException {
        AtomicInteger asked = new AtomicInteger();
        AtomicLong clock = new AtomicLong();
        TlsSource source = () -> {
            if (asked.getAndIncrement() > 0) {
                event.await();
            }
            return HeldCall.TRUSTING;
        };
        return Tls.of(source, () -> clock.addAndGet(1_000_000_000));
    }
}
