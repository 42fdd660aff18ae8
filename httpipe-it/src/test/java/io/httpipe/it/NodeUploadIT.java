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

/** Uploads to a Node that begins its answer, or has given it whole, before it has read the body. */
class NodeUploadIT {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    /** Different for each upload of the run, whichever test it belongs to. */
    private static final AtomicInteger UPLOADS = new AtomicInteger();

    @AutoClose
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AutoClose
    private final Httpipe hp = client();

    /** Asks the server while {@link #hp} is at work, over connections of its own. */
    @AutoClose
    private final Httpipe asking = client();

    @TempDir
    private Path folder;

    private static Httpipe client() {
        return Httpipe.builder().timeouts(Timeouts.of(Duration.ofSeconds(30))).build();
    }

    /** What came of a call. */
    private record Outcome(int status, String connection, int reusedTimes, boolean sentWhole, String text) {
        static Outcome of(Response response, Answer answer) throws IOException {
            String text = answer.read(new ByteArrayInputStream(response.body()));
            boolean whole = response.requestSentWhole();
            return new Outcome(response.status(), connection(response.headers()), response.reusedTimes(), whole, text);
        }

        /** Reads it to its end. */
        static Outcome of(StreamedResponse response, Answer answer) throws IOException {
            String text = answer.read(response.body());
            boolean whole = response.requestSentWhole();
            return new Outcome(response.status(), connection(response.headers()), response.reusedTimes(), whole, text);
        }

        private static String connection(Headers headers) {
            return Objects.requireNonNull(headers.first("X-Connection"), "both servers always say it");
        }
    }

    /** How a request is sent and its answer read. */
    private enum Call {
        REQUEST {
            @Override
            Outcome send(Httpipe hp, Request request, Answer answer) throws IOException {
                return Outcome.of(hp.request(request), answer);
            }
        },
        STREAM {
            @Override
            Outcome send(Httpipe hp, Request request, Answer answer) throws IOException {
                try (StreamedResponse response = hp.stream(request)) {
                    return Outcome.of(response, answer);
                }
            }
        },
        HANDLER {
            @Override
            Outcome send(Httpipe hp, Request request, Answer answer) throws IOException {
                return hp.stream(request, response -> Outcome.of(response, answer));
            }
        },
        EXCHANGE {
            @Override
            Outcome send(Httpipe hp, Request request, Answer answer) throws IOException {
                try (Exchange exchange = hp.connect(answer == Answer.NGINX ? Way.TCP.endpoint() : Node.endpoint())) {
                    exchange.sendRequest(request);
                    Response response = exchange.readResponse();
                    exchange.keepAlive();
                    return Outcome.of(response, answer);
                }
            }
        },
        FAN_OUT {
            @Override
            Outcome send(Httpipe hp, Request request, Answer answer) throws IOException {
                return Outcome.of(FanOut.over(hp).all(List.of(request)).getFirst(), answer);
            }
        };

        abstract Outcome send(Httpipe hp, Request request, Answer answer) throws IOException;
    }

    /** The forms of a pipe's end. */
    private enum End {
        REQUEST {
            @Override
            Outcome send(Pipe pipe, Request request, Answer answer) throws IOException {
                return Outcome.of(pipe.request(request), answer);
            }
        },
        STREAM {
            @Override
            Outcome send(Pipe pipe, Request request, Answer answer) throws IOException {
                try (StreamedResponse response = pipe.stream(request)) {
                    return Outcome.of(response, answer);
                }
            }
        },
        HANDLER {
            @Override
            Outcome send(Pipe pipe, Request request, Answer answer) throws IOException {
                return pipe.stream(request, response -> Outcome.of(response, answer));
            }
        };

        abstract Outcome send(Pipe pipe, Request request, Answer answer) throws IOException;
    }

    private static Stream<Arguments> eachAnswerAndCall() {
        return Arrays.stream(Answer.values())
                .flatMap(answer -> Arrays.stream(Call.values()).map(call -> Arguments.of(answer, call)));
    }

    private static Stream<Arguments> eachAnswerAndEnd() {
        return Stream.of(Answer.ECHO, Answer.EARLY, Answer.ACCEPTED)
                .flatMap(answer -> Arrays.stream(End.values()).map(end -> Arguments.of(answer, end)));
    }

    /** Bytes among which none can be lost or swapped unseen. */
    private static byte[] noise(int size) {
        byte[] bytes = new byte[size];
        new Random(15).nextBytes(bytes);
        return bytes;
    }

    private static String facts(byte[] bytes) throws IOException {
        return Digits.sunk(new ByteArrayInputStream(bytes));
    }

    private static void writeNoise(OutputStream out, long size) throws IOException {
        Random random = new Random(15);
        byte[] piece = new byte[64 * KIB];
        for (long left = size; left > 0; left -= piece.length) {
            random.nextBytes(piece);
            out.write(piece, 0, (int) Math.min(left, piece.length));
        }
    }

    /** A body that ends only when the client ends it. */
    private static Body endless() {
        byte[] piece = noise(64 * KIB);
        return Body.writing(out -> {
            while (true) {
                out.write(piece);
            }
        });
    }

    private <T> T inVirtualThread(Callable<T> call) throws Exception {
        return threads.submit(call).get();
    }

    private void awaitBegun(int upload) throws IOException {
        assertEquals("begun\n", asking.get(Node.uri("/begun?id=" + upload)).text());
    }

    /** Waits until the server has seen the end of an upload, and gives its facts. */
    private String received(int upload) throws IOException {
        return asking.get(Node.uri("/received?id=" + upload)).text();
    }

    private void assertNothingLeased() {
        assertTrue(
                hp.stats().stream().allMatch(route -> route.leased() == 0),
                () -> hp.stats().toString());
    }

    private void assertArrives(Answer answer, Call call, int size, UploadBody... kinds) throws Exception {
        byte[] bytes = noise(size);
        String facts = facts(bytes);
        Set<String> connections = new HashSet<>();
        for (UploadBody kind : kinds) {
            int upload = UPLOADS.incrementAndGet();
            // Node's answer begins before the second half is there.
            UploadBody.Gap gap = answer == Answer.NGINX ? () -> {} : () -> awaitBegun(upload);
            Request request = answer.post(upload).body(kind.of(bytes, folder, gap));
            Outcome outcome = inVirtualThread(() -> call.send(hp, request, answer));
            assertWhole(answer, facts, outcome);
            if (answer != Answer.NGINX) {
                assertEquals(facts, received(upload), kind.toString());
            }
            assertEquals(connections.size(), outcome.reusedTimes() == 0 ? 0 : 1, kind.toString());
            connections.add(outcome.connection());
        }
        // It was fit for use after every call.
        assertEquals(1, connections.size(), connections::toString);
        assertNothingLeased();
    }

    private static void assertWhole(Answer answer, String facts, Outcome outcome) {
        assertEquals(answer.status(), outcome.status());
        assertEquals(answer.expected(facts), outcome.text());
        assertTrue(outcome.sentWhole());
    }

    @ParameterizedTest
    @MethodSource("eachAnswerAndCall")
    void tenBytesInTwoPiecesArriveWhole(Answer answer, Call call) throws Exception {
        assertArrives(answer, call, 10, UploadBody.values());
    }

    @ParameterizedTest
    @MethodSource("eachAnswerAndCall")
    void aKibibyteArrivesWhole(Answer answer, Call call) throws Exception {
        assertArrives(answer, call, KIB, UploadBody.values());
    }

    @ParameterizedTest
    @MethodSource("eachAnswerAndCall")
    void aMebibyteArrivesWhole(Answer answer, Call call) throws Exception {
        assertArrives(answer, call, mostOf(answer, call, MIB), UploadBody.values());
    }

    @ParameterizedTest
    @MethodSource("eachAnswerAndCall")
    void sixteenMebibytesArriveWhole(Answer answer, Call call) throws Exception {
        int size = mostOf(answer, call, 16 * MIB);
        assertArrives(answer, call, size, UploadBody.BYTES, UploadBody.STREAM, UploadBody.WRITING_WITH_LENGTH);
    }

    /** An exchange holds no more than 64 KiB of what is echoed while it sends. */
    private static int mostOf(Answer answer, Call call, int size) {
        return answer == Answer.ECHO && call == Call.EXCHANGE ? 64 * KIB : size;
    }

    @Test
    void anEchoLongerThanAnExchangeHoldsIsRefusedWithTheWayOut() throws Exception {
        Request request = Answer.ECHO.post(UPLOADS.incrementAndGet()).body(endless());
        try (Exchange exchange = hp.connect(Node.endpoint())) {
            BodyTooLargeException e = assertThrows(BodyTooLargeException.class, () -> exchange.sendRequest(request));
            assertEquals(64 * KIB, e.maxBodySize());
            assertTrue(e.getMessage().contains("Httpipe.stream"), e.getMessage());
        }
        assertEquals(List.of(), hp.stats());
    }

    @Test
    void anEchoLongerThanTheRequestAllowsEndsTheUpload() throws Exception {
        Request request =
                Answer.ECHO.post(UPLOADS.incrementAndGet()).maxBodySize(MIB).body(endless());
        BodyTooLargeException e = assertThrows(BodyTooLargeException.class, () -> hp.request(request));
        assertEquals(MIB, e.maxBodySize());
        assertEquals(List.of(), hp.stats());
    }

    @ParameterizedTest
    @EnumSource(
            value = Call.class,
            names = {"REQUEST", "STREAM", "HANDLER", "EXCHANGE"})
    void aNoEndsTheUpload(Call call) throws Exception {
        Outcome ok = Call.REQUEST.send(hp, Request.get(Node.uri("/")), Answer.EARLY);
        Request request = Request.post(Node.uri("/refused")).body(endless());
        Outcome no = inVirtualThread(() -> call.send(hp, request, Answer.EARLY));
        assertEquals(413, no.status());
        assertEquals("too much\n", no.text());
        assertFalse(no.sentWhole());
        assertEquals(ok.connection(), no.connection());
        Outcome next = Call.REQUEST.send(hp, Request.get(Node.uri("/")), Answer.EARLY);
        assertNotEquals(no.connection(), next.connection());
        assertEquals(0, next.reusedTimes());
    }

    private static UploadBody.Gap until(CountDownLatch event) {
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
            value = Answer.class,
            names = {"ECHO", "EARLY", "ACCEPTED"})
    void aStreamIsGivenWhileItsUploadGoesOn(Answer answer) throws Exception {
        byte[] bytes = noise(MIB);
        int upload = UPLOADS.incrementAndGet();
        CountDownLatch headSeen = new CountDownLatch(1);
        Body body = UploadBody.WRITING.of(bytes, folder, until(headSeen));
        try (StreamedResponse response = hp.stream(answer.post(upload).body(body))) {
            assertFalse(response.requestSentWhole());
            headSeen.countDown();
            assertWhole(answer, facts(bytes), Outcome.of(response, answer));
        }
        assertEquals(facts(bytes), received(upload));
    }

    @ParameterizedTest
    @EnumSource(
            value = Answer.class,
            names = {"ECHO", "EARLY", "ACCEPTED"})
    void closingAStreamFinishesItsUpload(Answer answer) throws Exception {
        byte[] bytes = noise(16 * MIB);
        String facts = facts(bytes);
        for (UploadBody kind : List.of(UploadBody.STREAM_WITH_LENGTH, UploadBody.PIECES, UploadBody.WRITING)) {
            int upload = UPLOADS.incrementAndGet();
            CountDownLatch headSeen = new CountDownLatch(1);
            Body body = kind.of(bytes, folder, until(headSeen));
            StreamedResponse response = hp.stream(answer.post(upload).body(body));
            headSeen.countDown();
            response.close();
            assertTrue(response.requestSentWhole());
            assertEquals(facts, received(upload), kind.toString());
            assertNothingLeased();
        }
    }

    @Test
    void anEchoOf64MebibytesIsStreamed() throws Exception {
        Path file = folder.resolve("noise");
        try (OutputStream out = Files.newOutputStream(file)) {
            writeNoise(out, 64 * MIB);
        }
        String facts;
        try (InputStream in = Files.newInputStream(file)) {
            facts = Digits.sunk(in);
        }
        for (Body body : List.of(Body.of(file), Body.writing(out -> writeNoise(out, 64 * MIB)))) {
            Request request = Answer.ECHO.post(UPLOADS.incrementAndGet()).body(body);
            assertWhole(Answer.ECHO, facts, Call.STREAM.send(hp, request, Answer.ECHO));
            Request again = Answer.ECHO.post(UPLOADS.incrementAndGet()).body(Body.of(file));
            Outcome reused = inVirtualThread(() -> Call.HANDLER.send(hp, again, Answer.ECHO));
            assertWhole(Answer.ECHO, facts, reused);
            assertNotEquals(0, reused.reusedTimes());
        }
    }

    @Test
    void aFanOutSendsManyAtOnceAndItsConnectionsAreUsedAgain() throws Exception {
        byte[] bytes = noise(MIB);
        String facts = facts(bytes);
        List<Answer> answers = List.of(Answer.ECHO, Answer.EARLY, Answer.ACCEPTED, Answer.ECHO);
        Set<String> connections = new HashSet<>();
        for (int round = 0; round < 3; round++) {
            List<Request> requests = new ArrayList<>();
            List<Integer> uploads = new ArrayList<>();
            for (Answer answer : answers) {
                int upload = UPLOADS.incrementAndGet();
                uploads.add(upload);
                // None goes on before all have begun, so that each has a connection of its own.
                Body body = UploadBody.WRITING.of(bytes, folder, () -> {
                    for (int each : uploads) {
                        awaitBegun(each);
                    }
                });
                requests.add(answer.post(upload).body(body));
            }
            List<Response> responses = FanOut.over(hp).all(requests);
            for (int i = 0; i < answers.size(); i++) {
                Outcome outcome = Outcome.of(responses.get(i), answers.get(i));
                assertWhole(answers.get(i), facts, outcome);
                assertEquals(facts, received(uploads.get(i)));
                connections.add(outcome.connection());
            }
            assertNothingLeased();
        }
        assertEquals(answers.size(), connections.size(), connections::toString);
    }

    @ParameterizedTest
    @MethodSource("eachAnswerAndEnd")
    void aPipeFromNginxArrivesWhole(Answer answer, End end) throws Exception {
        Set<String> connections = new HashSet<>();
        for (int size : new int[] {10, MIB, 16 * MIB}) {
            String facts = Digits.sunk(size);
            for (String path : List.of("/length?n=", "/chunked?size=60000&n=")) {
                int upload = UPLOADS.incrementAndGet();
                Outcome outcome = inVirtualThread(
                        () -> end.send(hp.stream(Way.TCP.get(path + size)).pipe(), answer.post(upload), answer));
                assertWhole(answer, facts, outcome);
                assertEquals(facts, received(upload));
                connections.add(outcome.connection());
                assertNothingLeased();
            }
        }
        assertEquals(1, connections.size(), connections::toString);
    }

    /** The first upload still goes on when its answer is piped into the next request, and so on. */
    @ParameterizedTest
    @MethodSource("eachAnswerAndEnd")
    void aChainOfEchoesArrivesWhole(Answer answer, End end) throws Exception {
        for (int size : new int[] {10, MIB, 16 * MIB}) {
            byte[] bytes = noise(size);
            String facts = facts(bytes);
            List<UploadBody> kinds = List.of(UploadBody.WRITING, UploadBody.STREAM, UploadBody.BYTES);
            for (UploadBody kind : kinds.subList(0, size == 16 * MIB ? 1 : 3)) {
                int first = UPLOADS.incrementAndGet();
                int second = UPLOADS.incrementAndGet();
                int last = UPLOADS.incrementAndGet();
                Body body = kind.of(bytes, folder, () -> awaitBegun(last));
                Outcome outcome = inVirtualThread(() -> end.send(
                        hp.stream(Answer.ECHO.post(first).body(body)).pipe().stream(Answer.ECHO.post(second))
                                .pipe(),
                        answer.post(last),
                        answer));
                assertWhole(answer, facts, outcome);
                for (int upload : new int[] {first, second, last}) {
                    assertEquals(facts, received(upload));
                }
                assertNothingLeased();
            }
        }
        // Three at once, and the same ones each time.
        assertEquals(List.of(3), hp.stats().stream().map(RouteStats::idle).toList());
        assertNotEquals(0, hp.get(Node.uri("/")).reusedTimes());
    }
}
