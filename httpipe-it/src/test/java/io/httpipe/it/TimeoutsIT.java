package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.CancelledException;
import io.httpipe.Deadline;
import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import io.httpipe.TimedOutException;
import io.httpipe.Timeouts;
import io.httpipe.Token;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Timeouts and cancellation, with responses that would take an hour. */
class TimeoutsIT {
    private static final String HOUR = "ms=3600000";

    @AutoClose
    private final Httpipe hp = Clients.create();

    private static Timeouts read(int millis) {
        return Timeouts.of(Duration.ofSeconds(10)).read(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @EnumSource
    void theReadTimeoutEndsTheWaitForTheHead(Transport transport) throws Exception {
        TimedOutException e = assertThrows(
                TimedOutException.class,
                () -> hp.request(transport.get("/sleep?" + HOUR).timeouts(read(200))));
        assertEquals(Phase.RESPONSE_HEAD, e.phase());
        assertEquals(transport.endpoint(), e.endpoint());
        assertTrue(e.getMessage().contains("read timeout of 200 ms"), e.getMessage());
        assertTrue(e.bytesSent() > 0);
        assertEquals(0, e.bytesReceived());
        assertEquals(0, hp.request(transport.get("/simple-ok")).reusedTimes(), "the connection is closed");
    }

    @ParameterizedTest
    @EnumSource
    void theReadTimeoutEndsTheWaitWithinTheBody(Transport transport) throws Exception {
        // Long enough for the head and the first byte to arrive on a busy machine.
        try (StreamedResponse response =
                hp.stream(transport.get("/drip?n=2&" + HOUR).timeouts(read(1000)))) {
            assertEquals('0', response.body().read());
            TimedOutException e =
                    assertThrows(TimedOutException.class, () -> response.body().read());
            assertEquals(Phase.RESPONSE_BODY, e.phase());
            assertTrue(e.getMessage().contains("read timeout of 1000 ms"), e.getMessage());
        }
        assertEquals(0, hp.request(transport.get("/simple-ok")).reusedTimes());
    }

    @Test
    void eachReadHasItsOwnReadTimeout() throws Exception {
        Request drip = Transport.TCP.get("/drip?n=5&ms=500").timeouts(read(1900));
        assertEquals("01234", hp.request(drip).text());
    }

    @ParameterizedTest
    @EnumSource
    void theDeadlineLimitsAllReadsTogether(Transport transport) {
        Request drip = transport.get("/drip?n=1000000&ms=10").timeout(Duration.ofMillis(500));
        TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(drip));
        assertTrue(e.getMessage().contains("deadline of "), e.getMessage());
    }

    @Test
    void callsCanShareADeadline() throws Exception {
        Deadline deadline = Deadline.after(Duration.ofSeconds(2));
        assertEquals(
                "OK\n",
                hp.request(Transport.TCP.get("/sleep?ms=1").deadline(deadline)).text());
        TimedOutException e = assertThrows(
                TimedOutException.class,
                () -> hp.request(Transport.TCP.get("/sleep?" + HOUR).deadline(deadline)));
        assertTrue(deadline.isExpired());
        assertTrue(e.getMessage().contains("deadline of "), e.getMessage());
        assertThrows(
                TimedOutException.class,
                () -> hp.request(Transport.TCP.get("/simple-ok").deadline(deadline)));
    }

    @Test
    void theClientsDeadlineLimitsEveryCall() throws Exception {
        try (Httpipe limited = Clients.builder().timeout(Duration.ofMillis(500)).build()) {
            assertThrows(TimedOutException.class, () -> limited.request(Transport.TCP.get("/drip?n=1000000&ms=10")));
            Request longer = Transport.TCP.get("/sleep?" + HOUR).timeout(Duration.ofHours(1));
            assertThrows(TimedOutException.class, () -> limited.request(longer), "the shorter one applies");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSendTimeoutEndsAWriteIfTheServerDoesNotRead(Transport transport) {
        long endless = 1L << 40;
        Request request = transport
                .post("/sleep?" + HOUR)
                .body(Body.writing(endless, out -> DigitBody.write(out, endless)))
                .timeouts(Timeouts.of(Duration.ofSeconds(10)).send(Duration.ofMillis(500)));
        TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
        assertEquals(Phase.SEND, e.phase());
        assertTrue(e.getMessage().contains("send timeout of 500 ms"), e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void theDeadlineEndsAWriteIfTheServerDoesNotRead(Transport transport) {
        long endless = 1L << 40;
        Request request = transport
                .post("/sleep?" + HOUR)
                .body(Body.writing(endless, out -> DigitBody.write(out, endless)))
                .timeout(Duration.ofMillis(1000));
        TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
        assertEquals(Phase.SEND, e.phase());
        assertTrue(e.getMessage().contains("deadline of "), e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void theTimeoutOfAnExchangeAppliesToItsReads(Transport transport) throws Exception {
        try (Exchange exchange = transport.connect(hp)) {
            exchange.setTimeout(Duration.ofMillis(200));
            exchange.sendRequest(Request.get("/sleep?" + HOUR));
            TimedOutException e = assertThrows(TimedOutException.class, exchange::read);
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
        }
    }

    @Test
    void anExchangeCanReadAgainAfterATimeout() throws Exception {
        for (Transport transport : new Transport[] {Transport.TCP, Transport.TLS}) {
            try (Exchange exchange = transport.connect(hp)) {
                exchange.setTimeout(Duration.ofMillis(100));
                exchange.sendRequest(Request.get("/sleep?ms=500"));
                assertThrows(TimedOutException.class, exchange::read);
                Token token = null;
                while (token == null) {
                    try {
                        token = exchange.read();
                    } catch (TimedOutException e) {
                        assertEquals(Phase.RESPONSE_HEAD, e.phase());
                    }
                }
                assertEquals(
                        200, assertInstanceOf(Token.StatusLine.class, token).status());
                assertEquals("OK\n", exchange.readResponse().text());
                assertTrue(exchange.keepAlive());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptCancelsTheWaitForTheHead(Transport transport) throws Exception {
        CountDownLatch sending = new CountDownLatch(1);
        Request request = transport.post("/sleep?" + HOUR).body(Body.writing(1, out -> {
            out.write('x');
            sending.countDown();
        }));
        boolean[] flagSet = {false};
        FutureTask<Response> call = new FutureTask<>(() -> {
            try {
                return hp.request(request);
            } finally {
                flagSet[0] = Thread.currentThread().isInterrupted();
                sending.countDown();
            }
        });
        Thread thread = Thread.ofVirtual().start(call);
        sending.await();
        thread.interrupt();

        ExecutionException e = assertThrows(ExecutionException.class, call::get);
        assertInstanceOf(CancelledException.class, e.getCause());
        assertTrue(flagSet[0], "the interrupt flag stays set");
        assertEquals(0, hp.request(transport.get("/simple-ok")).reusedTimes(), "the connection is closed");
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptCancelsTheReadingOfTheBody(Transport transport) throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        FutureTask<Integer> call = new FutureTask<>(() -> {
            try (StreamedResponse response = hp.stream(transport.get("/drip?n=2&" + HOUR))) {
                assertEquals('0', response.body().read());
                reading.countDown();
                return response.body().read();
            } finally {
                reading.countDown();
            }
        });
        Thread thread = Thread.ofVirtual().start(call);
        reading.await();
        thread.interrupt();

        ExecutionException e = assertThrows(ExecutionException.class, call::get);
        assertEquals(
                Phase.RESPONSE_BODY,
                assertInstanceOf(CancelledException.class, e.getCause()).phase());
        assertEquals(0, hp.request(transport.get("/simple-ok")).reusedTimes());
    }
}
