package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.BodyTooLargeException;
import io.httpipe.Exchange;
import io.httpipe.FanOut;
import io.httpipe.Headers;
import io.httpipe.Httpipe;
import io.httpipe.Pipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.RouteStats;
import io.httpipe.StreamedResponse;
import io.httpipe.Timeouts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Uploads to a Node server that starts or completes its response before it has read the request body. */
class NodeUploadIT {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    /** The number of the last upload. Each upload of the run has its own number, across all tests. */
    private static final AtomicInteger UPLOADS = new AtomicInteger();

    @AutoClose
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AutoClose
    private final Httpipe hp = client();

    /** Queries the server over its own connections while {@link #hp} is busy. */
    @AutoClose
    private final Httpipe control = client();

    @TempDir
    private Path folder;

    private static Httpipe client() {
        return Httpipe.builder().timeouts(Timeouts.of(Duration.ofSeconds(30))).build();
    }

    /** The result of a call. */
    private record Outcome(int status, String connection, int reusedTimes, boolean sentWhole, String text) {
        static Outcome of(Response response, UploadTarget target) throws IOException {
            String text = target.read(new ByteArrayInputStream(response.body()));
            boolean whole = response.requestSentWhole();
            return new Outcome(response.status(), connection(response.headers()), response.reusedTimes(), whole, text);
        }

        /** Reads the response to its end. */
        static Outcome of(StreamedResponse response, UploadTarget target) throws IOException {
            String text = target.read(response.body());
            boolean whole = response.requestSentWhole();
            return new Outcome(response.status(), connection(response.headers()), response.reusedTimes(), whole, text);
        }

        private static String connection(Headers headers) {
            return Objects.requireNonNull(headers.first("X-Connection"), "both servers always send it");
        }
    }

    /** The ways to send a request and read its response. */
    private enum Call {
        REQUEST {
            @Override
            Outcome send(Httpipe hp, Request request, UploadTarget target) throws IOException {
                return Outcome.of(hp.request(request), target);
            }
        },
        STREAM {
            @Override
            Outcome send(Httpipe hp, Request request, UploadTarget target) throws IOException {
                try (StreamedResponse response = hp.stream(request)) {
                    return Outcome.of(response, target);
                }
            }
        },
        HANDLER {
            @Override
            Outcome send(Httpipe hp, Request request, UploadTarget target) throws IOException {
                return hp.stream(request, response -> Outcome.of(response, target));
            }
        },
        EXCHANGE {
            @Override
            Outcome send(Httpipe hp, Request request, UploadTarget target) throws IOException {
                try (Exchange exchange =
                        hp.connect(target == UploadTarget.NGINX ? Transport.TCP.endpoint() : Node.endpoint())) {
                    exchange.sendRequest(request);
                    Response response = exchange.readResponse();
                    exchange.keepAlive();
                    return Outcome.of(response, target);
                }
            }
        },
        FAN_OUT {
            @Override
            Outcome send(Httpipe hp, Request request, UploadTarget target) throws IOException {
                return Outcome.of(FanOut.over(hp).all(List.of(request)).getFirst(), target);
            }
        };

        abstract Outcome send(Httpipe hp, Request request, UploadTarget target) throws IOException;
    }

    /** The ways to send the request of a pipe. */
    private enum PipeCall {
        REQUEST {
            @Override
            Outcome send(Pipe pipe, Request request, UploadTarget target) throws IOException {
                return Outcome.of(pipe.request(request), target);
            }
        },
        STREAM {
            @Override
            Outcome send(Pipe pipe, Request request, UploadTarget target) throws IOException {
                try (StreamedResponse response = pipe.stream(request)) {
                    return Outcome.of(response, target);
                }
            }
        },
        HANDLER {
            @Override
            Outcome send(Pipe pipe, Request request, UploadTarget target) throws IOException {
                return pipe.stream(request, response -> Outcome.of(response, target));
            }
        };

        abstract Outcome send(Pipe pipe, Request request, UploadTarget target) throws IOException;
    }

    private static Stream<Arguments> targetsAndCalls() {
        return Arrays.stream(UploadTarget.values())
                .flatMap(target -> Arrays.stream(Call.values()).map(call -> Arguments.of(target, call)));
    }

    private static Stream<Arguments> targetsAndPipes() {
        return Stream.of(UploadTarget.ECHO, UploadTarget.EARLY, UploadTarget.ACCEPTED)
                .flatMap(target -> Arrays.stream(PipeCall.values()).map(pipeCall -> Arguments.of(target, pipeCall)));
    }

    /** Random bytes, so that a test notices bytes that are lost or in another order. */
    private static byte[] randomBytes(int size) {
        byte[] bytes = new byte[size];
        new Random(15).nextBytes(bytes);
        return bytes;
    }

    private static String lengthAndMd5(byte[] bytes) throws IOException {
        return DigitBody.lengthAndMd5(new ByteArrayInputStream(bytes));
    }

    private static void writeRandomBytes(OutputStream out, long size) throws IOException {
        Random random = new Random(15);
        byte[] piece = new byte[64 * KIB];
        for (long left = size; left > 0; left -= piece.length) {
            random.nextBytes(piece);
            out.write(piece, 0, (int) Math.min(left, piece.length));
        }
    }

    /** A body that ends only when the client stops it. */
    private static Body endless() {
        byte[] piece = randomBytes(64 * KIB);
        return Body.writing(out -> {
            while (true) {
                out.write(piece);
            }
        });
    }

    private <T> T inVirtualThread(Callable<T> call) throws Exception {
        return threads.submit(call).get();
    }

    private void awaitStarted(int upload) throws IOException {
        assertEquals("begun\n", control.get(Node.uri("/begun?id=" + upload)).text());
    }

    /** Waits until the server has received an upload. Returns its length and MD5. */
    private String received(int upload) throws IOException {
        return control.get(Node.uri("/received?id=" + upload)).text();
    }

    private void assertNothingLeased() {
        assertTrue(
                hp.stats().stream().allMatch(route -> route.leased() == 0),
                () -> hp.stats().toString());
    }

    private void assertArrives(UploadTarget target, Call call, int size, UploadBody... kinds) throws Exception {
        byte[] bytes = randomBytes(size);
        String lengthAndMd5 = lengthAndMd5(bytes);
        Set<String> connections = new HashSet<>();
        for (UploadBody kind : kinds) {
            int upload = UPLOADS.incrementAndGet();
            // Node starts its response before the second half arrives.
            UploadBody.BetweenHalves between = target == UploadTarget.NGINX ? () -> {} : () -> awaitStarted(upload);
            Request request = target.post(upload).body(kind.of(bytes, folder, between));
            Outcome outcome = inVirtualThread(() -> call.send(hp, request, target));
            assertWhole(target, lengthAndMd5, outcome);
            if (target != UploadTarget.NGINX) {
                assertEquals(lengthAndMd5, received(upload), kind.toString());
            }
            assertEquals(connections.size(), outcome.reusedTimes() == 0 ? 0 : 1, kind.toString());
            connections.add(outcome.connection());
        }
        // The connection was reusable after every call.
        assertEquals(1, connections.size(), connections::toString);
        assertNothingLeased();
    }

    private static void assertWhole(UploadTarget target, String lengthAndMd5, Outcome outcome) {
        assertEquals(target.status(), outcome.status());
        assertEquals(target.expected(lengthAndMd5), outcome.text());
        assertTrue(outcome.sentWhole());
    }

    @ParameterizedTest
    @MethodSource("targetsAndCalls")
    void tenBytesInTwoPiecesArriveWhole(UploadTarget target, Call call) throws Exception {
        assertArrives(target, call, 10, UploadBody.values());
    }

    @ParameterizedTest
    @MethodSource("targetsAndCalls")
    void aKibibyteArrivesWhole(UploadTarget target, Call call) throws Exception {
        assertArrives(target, call, KIB, UploadBody.values());
    }

    @ParameterizedTest
    @MethodSource("targetsAndCalls")
    void aMebibyteArrivesWhole(UploadTarget target, Call call) throws Exception {
        assertArrives(target, call, limited(target, call, MIB), UploadBody.values());
    }

    @ParameterizedTest
    @MethodSource("targetsAndCalls")
    void sixteenMebibytesArriveWhole(UploadTarget target, Call call) throws Exception {
        int size = limited(target, call, 16 * MIB);
        assertArrives(target, call, size, UploadBody.BYTES, UploadBody.STREAM, UploadBody.WRITING_WITH_LENGTH);
    }

    /** The size, or 64 KiB if an exchange must buffer the echo while it sends. */
    private static int limited(UploadTarget target, Call call, int size) {
        return target == UploadTarget.ECHO && call == Call.EXCHANGE ? 64 * KIB : size;
    }

    @Test
    void anEchoThatAnExchangeCannotBufferFailsWithAdvice() throws Exception {
        Request request = UploadTarget.ECHO.post(UPLOADS.incrementAndGet()).body(endless());
        try (Exchange exchange = hp.connect(Node.endpoint())) {
            BodyTooLargeException e = assertThrows(BodyTooLargeException.class, () -> exchange.sendRequest(request));
            assertEquals(64 * KIB, e.maxBodySize());
            assertTrue(e.getMessage().contains("Httpipe.stream"), e.getMessage());
        }
        assertEquals(List.of(), hp.stats());
    }

    @Test
    void anEchoLargerThanMaxBodySizeEndsTheUpload() throws Exception {
        Request request = UploadTarget.ECHO
                .post(UPLOADS.incrementAndGet())
                .maxBodySize(MIB)
                .body(endless());
        BodyTooLargeException e = assertThrows(BodyTooLargeException.class, () -> hp.request(request));
        assertEquals(MIB, e.maxBodySize());
        assertEquals(List.of(), hp.stats());
    }

    @ParameterizedTest
    @EnumSource(
            value = Call.class,
            names = {"REQUEST", "STREAM", "HANDLER", "EXCHANGE"})
    void aRefusalEndsTheUpload(Call call) throws Exception {
        Outcome ok = Call.REQUEST.send(hp, Request.get(Node.uri("/")), UploadTarget.EARLY);
        Request request = Request.post(Node.uri("/refused")).body(endless());
        Outcome refused = inVirtualThread(() -> call.send(hp, request, UploadTarget.EARLY));
        assertEquals(413, refused.status());
        assertEquals("too much\n", refused.text());
        assertFalse(refused.sentWhole());
        assertEquals(ok.connection(), refused.connection());
        Outcome next = Call.REQUEST.send(hp, Request.get(Node.uri("/")), UploadTarget.EARLY);
        assertNotEquals(refused.connection(), next.connection());
        assertEquals(0, next.reusedTimes());
    }

    private static UploadBody.BetweenHalves awaiting(CountDownLatch event) {
        return () -> {
            try {
                event.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        };
    }

    @ParameterizedTest
    @EnumSource(
            value = UploadTarget.class,
            names = {"ECHO", "EARLY", "ACCEPTED"})
    void aStreamIsReturnedWhileItsUploadGoesOn(UploadTarget target) throws Exception {
        byte[] bytes = randomBytes(MIB);
        int upload = UPLOADS.incrementAndGet();
        CountDownLatch headSeen = new CountDownLatch(1);
        Body body = UploadBody.WRITING.of(bytes, folder, awaiting(headSeen));
        try (StreamedResponse response = hp.stream(target.post(upload).body(body))) {
            assertFalse(response.requestSentWhole());
            headSeen.countDown();
            assertWhole(target, lengthAndMd5(bytes), Outcome.of(response, target));
        }
        assertEquals(lengthAndMd5(bytes), received(upload));
    }

    @ParameterizedTest
    @EnumSource(
            value = UploadTarget.class,
            names = {"ECHO", "EARLY", "ACCEPTED"})
    void closingAStreamFinishesItsUpload(UploadTarget target) throws Exception {
        byte[] bytes = randomBytes(16 * MIB);
        String lengthAndMd5 = lengthAndMd5(bytes);
        for (UploadBody kind : List.of(UploadBody.STREAM_WITH_LENGTH, UploadBody.PIECES, UploadBody.WRITING)) {
            int upload = UPLOADS.incrementAndGet();
            CountDownLatch headSeen = new CountDownLatch(1);
            Body body = kind.of(bytes, folder, awaiting(headSeen));
            StreamedResponse response = hp.stream(target.post(upload).body(body));
            headSeen.countDown();
            response.close();
            assertTrue(response.requestSentWhole());
            assertEquals(lengthAndMd5, received(upload), kind.toString());
            assertNothingLeased();
        }
    }

    @Test
    void anEchoOf64MebibytesIsStreamed() throws Exception {
        Path file = folder.resolve("noise");
        try (OutputStream out = Files.newOutputStream(file)) {
            writeRandomBytes(out, 64 * MIB);
        }
        String lengthAndMd5;
        try (InputStream in = Files.newInputStream(file)) {
            lengthAndMd5 = DigitBody.lengthAndMd5(in);
        }
        for (Body body : List.of(Body.of(file), Body.writing(out -> writeRandomBytes(out, 64 * MIB)))) {
            Request request = UploadTarget.ECHO.post(UPLOADS.incrementAndGet()).body(body);
            assertWhole(UploadTarget.ECHO, lengthAndMd5, Call.STREAM.send(hp, request, UploadTarget.ECHO));
            Request again = UploadTarget.ECHO.post(UPLOADS.incrementAndGet()).body(Body.of(file));
            Outcome reused = inVirtualThread(() -> Call.HANDLER.send(hp, again, UploadTarget.ECHO));
            assertWhole(UploadTarget.ECHO, lengthAndMd5, reused);
            assertNotEquals(0, reused.reusedTimes());
        }
    }

    @Test
    void aFanOutUploadsConcurrentlyAndReusesConnections() throws Exception {
        byte[] bytes = randomBytes(MIB);
        String lengthAndMd5 = lengthAndMd5(bytes);
        List<UploadTarget> targets =
                List.of(UploadTarget.ECHO, UploadTarget.EARLY, UploadTarget.ACCEPTED, UploadTarget.ECHO);
        Set<String> connections = new HashSet<>();
        for (int round = 0; round < 3; round++) {
            List<Request> requests = new ArrayList<>();
            List<Integer> uploads = new ArrayList<>();
            for (UploadTarget target : targets) {
                int upload = UPLOADS.incrementAndGet();
                uploads.add(upload);
                // No upload sends its second half before all have started. So each has its own connection.
                Body body = UploadBody.WRITING.of(bytes, folder, () -> {
                    for (int each : uploads) {
                        awaitStarted(each);
                    }
                });
                requests.add(target.post(upload).body(body));
            }
            List<Response> responses = FanOut.over(hp).all(requests);
            for (int i = 0; i < targets.size(); i++) {
                Outcome outcome = Outcome.of(responses.get(i), targets.get(i));
                assertWhole(targets.get(i), lengthAndMd5, outcome);
                assertEquals(lengthAndMd5, received(uploads.get(i)));
                connections.add(outcome.connection());
            }
            assertNothingLeased();
        }
        assertEquals(targets.size(), connections.size(), connections::toString);
    }

    @ParameterizedTest
    @MethodSource("targetsAndPipes")
    void aPipeFromNginxArrivesWhole(UploadTarget target, PipeCall pipeCall) throws Exception {
        Set<String> connections = new HashSet<>();
        for (int size : new int[] {10, MIB, 16 * MIB}) {
            String lengthAndMd5 = DigitBody.lengthAndMd5(size);
            for (String path : List.of("/length?n=", "/chunked?size=60000&n=")) {
                int upload = UPLOADS.incrementAndGet();
                Outcome outcome = inVirtualThread(() ->
                        pipeCall.send(hp.stream(Transport.TCP.get(path + size)).pipe(), target.post(upload), target));
                assertWhole(target, lengthAndMd5, outcome);
                assertEquals(lengthAndMd5, received(upload));
                connections.add(outcome.connection());
                assertNothingLeased();
            }
        }
        assertEquals(1, connections.size(), connections::toString);
    }

    /** Each upload is still being sent while its response is piped into the next request. */
    @ParameterizedTest
    @MethodSource("targetsAndPipes")
    void aChainOfEchoesArrivesWhole(UploadTarget target, PipeCall pipeCall) throws Exception {
        for (int size : new int[] {10, MIB, 16 * MIB}) {
            byte[] bytes = randomBytes(size);
            String lengthAndMd5 = lengthAndMd5(bytes);
            List<UploadBody> kinds = List.of(UploadBody.WRITING, UploadBody.STREAM, UploadBody.BYTES);
            for (UploadBody kind : kinds.subList(0, size == 16 * MIB ? 1 : 3)) {
                int first = UPLOADS.incrementAndGet();
                int second = UPLOADS.incrementAndGet();
                int last = UPLOADS.incrementAndGet();
                Body body = kind.of(bytes, folder, () -> awaitStarted(last));
                Outcome outcome = inVirtualThread(() -> pipeCall.send(
                        hp.stream(UploadTarget.ECHO.post(first).body(body)).pipe().stream(
                                        UploadTarget.ECHO.post(second))
                                .pipe(),
                        target.post(last),
                        target));
                assertWhole(target, lengthAndMd5, outcome);
                for (int upload : new int[] {first, second, last}) {
                    assertEquals(lengthAndMd5, received(upload));
                }
                assertNothingLeased();
            }
        }
        // Three connections at once, and the same three each time.
        assertEquals(List.of(3), hp.stats().stream().map(RouteStats::idle).toList());
        assertNotEquals(0, hp.get(Node.uri("/")).reusedTimes());
    }
}
