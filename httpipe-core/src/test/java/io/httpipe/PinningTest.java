package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checks with the JDK's flight recorder that a waiting call never pins the carrier of its virtual thread. */
@Timeout(120)
class PinningTest {
    private static final int THREADS = 200;
    private static final int CONNECTIONS = 16;
    private static final int CALLS_EACH = 5;
    private static final int UPLOAD = 300_000;
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n";

    private static final Pattern LENGTH = Pattern.compile("\r\nContent-Length: (\\d+)\r\n");

    /** Parks during class initialization, so the thread is pinned to its carrier. */
    private static final class Pinning {
        static {
            LockSupport.parkNanos(5_000_000);
        }
    }

    /** The calls that the threads make. Each thread runs some of them, and starts at a different one. */
    private enum CallKind {
        GET {
            @Override
            void run(Load load, int number) throws IOException {
                assertEquals("OK\n", load.hp.request(load.to("GET", "/")).text());
            }
        },
        STREAM {
            @Override
            void run(Load load, int number) throws IOException {
                try (StreamedResponse response = load.hp.stream(load.to("GET", "/"))) {
                    assertEquals(3, response.body().readAllBytes().length);
                }
            }
        },
        PIPE {
            @Override
            void run(Load load, int number) throws IOException {
                try (StreamedResponse response =
                        load.hp.stream(load.to("GET", "/").pool("first"))) {
                    assertEquals(
                            "OK\n",
                            response.pipe().request(load.to("POST", "/upload")).text());
                }
            }
        },
        NEW_CONNECTION {
            @Override
            void run(Load load, int number) throws IOException {
                assertEquals("bye", load.hp.request(load.to("GET", "/close")).text());
            }
        },
        UPLOAD_OF_BYTES {
            @Override
            void run(Load load, int number) throws IOException {
                Request upload = load.to("POST", "/upload").body(new byte[UPLOAD]);
                assertEquals("OK\n", load.hp.request(upload).text());
            }
        },
        UPLOAD_OF_A_FILE {
            @Override
            void run(Load load, int number) throws IOException {
                Request upload = load.to("PUT", "/upload").body(Body.of(load.file));
                assertEquals("OK\n", load.hp.request(upload).text());
            }
        },
        UPLOAD_IN_CHUNKS {
            @Override
            void run(Load load, int number) throws IOException {
                Body chunks =
                        Body.of(new ByteArrayInputStream("x".repeat(40_000).getBytes(StandardCharsets.US_ASCII)));
                Request upload = load.to("POST", "/upload").body(chunks);
                assertEquals("OK\n", load.hp.request(upload).text());
            }
        },
        UPLOAD_WHEN_TOLD {
            @Override
            void run(Load load, int number) throws IOException {
                Request upload = load.to("POST", "/upload").body("waits").expectContinue(Duration.ofMillis(1));
                assertEquals("OK\n", load.hp.request(upload).text());
            }
        },
        UPLOAD_THAT_IS_REFUSED {
            @Override
            void run(Load load, int number) throws IOException {
                Request upload = load.to("POST", "/refuse").body(new byte[UPLOAD]);
                assertEquals(401, load.hp.request(upload).status());
            }
        },
        READ_TIMEOUT {
            @Override
            void run(Load load, int number) {
                Request held = load.to("GET", "/held").timeouts(Timeouts.DEFAULT.read(SHORT));
                assertThrows(TimedOutException.class, () -> load.hp.request(held));
            }
        },
        DEADLINE {
            @Override
            void run(Load load, int number) {
                assertThrows(
                        TimedOutException.class,
                        () -> Deadline.within(SHORT, () -> load.hp.request(load.to("GET", "/held"))));
            }
        },
        ACQUIRE_TIMEOUT {
            @Override
            void run(Load load, int number) throws IOException {
                Request request = load.to("GET", "/").timeouts(Timeouts.DEFAULT.acquire(Duration.ofNanos(1 + number)));
                try {
                    load.hp.request(request);
                } catch (TimedOutException e) {
                    assertEquals(Phase.ACQUIRE, e.phase());
                }
            }
        },
        INTERRUPT {
            @Override
            void run(Load load, int number) {
                load.threads.put(number, Thread.currentThread());
                assertThrows(
                        CancelledException.class, () -> load.hp.request(load.to("GET", "/interrupt?number=" + number)));
                assertTrue(Thread.interrupted());
            }
        },
        REFUSED_CONNECTION {
            @Override
            void run(Load load, int number) {
                assertThrows(
                        ConnectFailedException.class, () -> load.hp.get("http://127.0.0.1:" + load.refusingPort + "/"));
            }
        };

        abstract void run(Load load, int number) throws IOException;
    }

    /** A server on platform threads, and a client with fewer connections than there are threads. */
    private static final class Load implements AutoCloseable {
        final Map<Integer, Thread> threads = new ConcurrentHashMap<>();
        final Path file;
        final Httpipe hp;
        final int refusingPort;

        private final ExecutorService serving = Executors.newCachedThreadPool();
        private final SocketChannel refusing = SocketChannel.open();
        private final ScriptedServer server;

        Load(Transports transport, Path file) throws IOException {
            this.file = file;
            server = transport.server(peer -> serving.submit(() -> serve(peer)).get());
            // A busy machine must not cause a timeout here.
            hp = transport
                    .client()
                    .maxConnectionsPerRoute(CONNECTIONS)
                    .timeouts(Timeouts.of(Duration.ofSeconds(60)))
                    .build();
            // Bound, so that the port stays reserved, but not listening.
            refusing.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            refusingPort = ((InetSocketAddress) refusing.getLocalAddress()).getPort();
        }

        /** Uses a host name, so that each new TCP connection needs a lookup. */
        Request to(String method, String path) {
            Request request = Request.of(method, server.uri("localhost", path));
            return Servers.endpoint(server) instanceof Endpoint.Unix unix ? request.at(unix) : request;
        }

        private void serve(Peer peer) {
            try {
                String head = peer.nextHead();
                while (head != null && answer(peer, head)) {
                    head = peer.nextHead();
                }
            } catch (IOException e) {
                // The client has cancelled.
            }
        }

        /** Answers one request; returns false if it was the last one of the connection. */
        private boolean answer(Peer peer, String head) throws IOException {
            String target = head.split(" ")[1];
            if (target.startsWith("/interrupt")) {
                threads.get(Integer.parseInt(target.substring(target.indexOf('=') + 1)))
                        .interrupt();
            }
            switch (target) {
                case "/" -> peer.send(OK);
                case "/upload" -> {
                    readBody(peer, head);
                    peer.send(OK);
                }
                case "/refuse" -> {
                    peer.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                    peer.awaitClose();
                }
                case "/close" -> peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbye");
                default -> peer.awaitClose();
            }
            return target.equals("/") || target.equals("/upload");
        }

        private static void readBody(Peer peer, String head) throws IOException {
            Matcher length = LENGTH.matcher(head);
            if (length.find()) {
                peer.body(Integer.parseInt(length.group(1)));
                return;
            }
            int size;
            do {
                StringBuilder line = new StringBuilder();
                for (int next = peer.read(); next != '\n'; next = peer.read()) {
                    line.append((char) next);
                }
                size = Integer.parseInt(line.toString().strip(), 16);
                peer.body(size + "\r\n".length());
            } while (size > 0);
        }

        @Override
        public void close() throws IOException {
            hp.close();
            refusing.close();
            server.close();
            serving.shutdown();
        }
    }

    @TempDir
    private Path temporary;

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aWaitingCallDoesNotPinItsCarrier(Transports transport) throws Exception {
        Path file = Files.write(temporary.resolve("upload"), new byte[UPLOAD]);
        try (Load load = new Load(transport, file)) {
            // The first run is not recorded, because the JVM pins a thread that waits for another thread to initialize
            // a class. It has many threads, because they use more classes than one thread does.
            runInThreads(load);
            List<RecordedEvent> pinned = pinnedDuring(() -> runInThreads(load));
            assertEquals(Set.of(), placesIn(Httpipe.class, pinned), pinned::toString);
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aCallInterruptedAtAnyBlockingPointDoesNotPinItsCarrier(Transports transport) throws Exception {
        interruptAtEachPoint(transport);
        List<RecordedEvent> pinned = pinnedDuring(() -> interruptAtEachPoint(transport));
        assertEquals(Set.of(), placesIn(Httpipe.class, pinned), pinned::toString);
    }

    private static void interruptAtEachPoint(Transports transport) throws Exception {
        for (BlockingPoint point : BlockingPoint.over(transport)) {
            try (HeldCall hold = new HeldCall(point, transport, UnaryOperator.identity())) {
                hold.begin(Threads.VIRTUAL, UnaryOperator.identity());
                hold.awaitHeld();
                hold.interrupt();
            }
        }
    }

    @Test
    void theRecorderReportsAPinnedThread() throws Exception {
        URL here = PinningTest.class.getProtectionDomain().getCodeSource().getLocation();
        // A separate class loader, so that the class is initialized now and not in an earlier run.
        try (URLClassLoader loader = new URLClassLoader(new URL[] {here}, null)) {
            FutureTask<Class<?>> task = new FutureTask<>(() -> Class.forName(Pinning.class.getName(), true, loader));
            List<RecordedEvent> pinned = pinnedDuring(() -> {
                Thread.ofVirtual().start(task);
                task.get();
            });
            assertNotEquals(Set.of(), placesIn(PinningTest.class, pinned));
            assertEquals(Set.of(), placesIn(Httpipe.class, pinned), pinned::toString);
        }
    }

    private static void runInThreads(Load load) throws InterruptedException {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> {
                CallKind[] kinds = CallKind.values();
                for (int turn = 0; turn < CALLS_EACH; turn++) {
                    CallKind kind = kinds[(number + turn) % kinds.length];
                    try {
                        kind.run(load, number);
                    } catch (Throwable e) {
                        failures.add(new AssertionError(kind.name(), e));
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.size() + " calls failed", failures.peek());
        }
    }

    /** Work to record. */
    private interface Action {
        void run() throws Exception;
    }

    /**
     * Returns each event of a virtual thread that waited while pinned, however briefly. It leaves out two locks that
     * the JDK holds for a few instructions: {@code Thread.interruptLock}, which a thread in a channel operation shares
     * with its interrupter, and the lock of the map in which the JDK registers each thread that starts or ends. Since
     * JDK 24 the recorder reports these too, because a virtual thread that waits for one of them stays on its carrier.
     */
    private List<RecordedEvent> pinnedDuring(Action action) throws Exception {
        Path dump = temporary.resolve("pinned.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.VirtualThreadPinned").withoutThreshold().withStackTrace();
            recording.start();
            action.run();
            recording.stop();
            recording.dump(dump);
        }
        List<RecordedEvent> pinned = RecordingFile.readAllEvents(dump);
        pinned.removeIf(event -> isHandshakeWithTheInterrupter(event) || isRegistrationOfAThread(event));
        return pinned;
    }

    private static boolean isHandshakeWithTheInterrupter(RecordedEvent event) {
        RecordedMethod waiting = event.getStackTrace().getFrames().getFirst().getMethod();
        return waiting.getType().getName().equals("java.lang.Thread")
                && waiting.getName().equals("blockedOn");
    }

    private static boolean isRegistrationOfAThread(RecordedEvent event) {
        return event.getStackTrace().getFrames().stream()
                .map(frame -> frame.getMethod().getType().getName())
                .filter(type -> !type.startsWith("java.util.concurrent.ConcurrentHashMap"))
                .findFirst()
                .filter(type -> type.startsWith("jdk.internal.vm.ThreadContainers"))
                .isPresent();
    }

    /** Returns the topmost stack frame of each event in a class from the folder of this class, without duplicates. */
    private static Set<String> placesIn(Class<?> testClass, List<RecordedEvent> pinned) {
        Set<String> places = new TreeSet<>();
        for (RecordedEvent event : pinned) {
            for (RecordedFrame frame : event.getStackTrace().getFrames()) {
                String type = frame.getMethod().getType().getName();
                if (isFrom(testClass, type)) {
                    places.add(type + "." + frame.getMethod().getName() + ":" + frame.getLineNumber());
                    break;
                }
            }
        }
        return places;
    }

    private static boolean isFrom(Class<?> testClass, String name) {
        if (!name.startsWith("io.httpipe.")) {
            return false;
        }
        try {
            int lambda = name.indexOf("$$");
            Class<?> found = Class.forName(lambda < 0 ? name : name.substring(0, lambda));
            return found.getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .equals(testClass.getProtectionDomain().getCodeSource().getLocation());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
