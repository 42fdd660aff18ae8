package io.httpipe.soak;

import io.httpipe.Endpoint;
import io.httpipe.Httpipe;
import io.httpipe.Timeouts;
import io.httpipe.Tls;
import io.httpipe.testing.FileDescriptors;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs many callers, in rounds, against a server that misbehaves at random between valid responses. Every valid
 * response must arrive intact, every other call must end with an allowed error, and nothing may leak.
 *
 * <p>After each round and after idle connections have been closed, no thread, descriptor or timer of the client may be
 * left. The heap must not be larger than after the first round, apart from a small margin.
 */
final class Soak {
    private static final Timeouts TIMEOUTS = Timeouts.of(Duration.ofSeconds(60));

    /** How soon after the last call everything must be released; generous, because the machine may be busy. */
    private static final Duration SETTLING = Duration.ofSeconds(60);

    /** If calls are in progress and none ends for this long, the soak fails. */
    private static final Duration STUCK = SETTLING.multipliedBy(2);

    /** How often the soak checks for a failure. */
    private static final Duration LOOK = Duration.ofMillis(100);

    /** How many descriptors the JDK may open after the first reading. */
    private static final int SPARE_DESCRIPTORS = 8;

    /**
     * How many bytes the heap may grow after the first reading. Classes, constants of compiled code and caches of the
     * JDK need this space.
     */
    private static final long SPARE_HEAP = 6 << 20;

    /** How many bytes of temporary direct buffers the JDK may keep for carriers that have handled larger pieces. */
    private static final long SPARE_DIRECT = 4 << 20;

    private final List<SoakRound> rounds;
    private final long seed;
    private final int callers;
    private final Path directory;
    private final PrintStream report;
    private final SoakCounters counters = new SoakCounters();
    private final AtomicLong ids = new AtomicLong();
    private final Tls tls;
    private final SoakServer server;
    private final Httpipe client;
    private final Httpipe tightClient;
    private volatile SoakRound round;
    private volatile long start;
    private volatile boolean over;

    Soak(List<SoakRound> rounds, long seed, int callers, Path directory, PrintStream report) throws IOException {
        this.rounds = rounds;
        this.seed = seed;
        this.callers = callers;
        this.directory = directory;
        this.report = report;
        this.tls = Tls.DEFAULT.trust(TestCertificates.get().authority());
        this.server = new SoakServer(directory, counters, seed);
        this.client = builder().build();
        this.tightClient = builder().maxConnectionsPerRoute(8).build();
    }

    private Httpipe.Builder builder() {
        return Httpipe.builder()
                .tls(tls)
                .timeouts(TIMEOUTS)
                .idleTimeout(Duration.ofMillis(500))
                .resolver(Soak::resolve);
    }

    private static List<InetAddress> resolve(String host) throws UnknownHostException {
        if (host.endsWith(".test")) {
            throw new UnknownHostException(host);
        }
        return List.of(InetAddress.getByName(host));
    }

    long seed() {
        return seed;
    }

    SoakCounters counters() {
        return counters;
    }

    Tls tls() {
        return tls;
    }

    SoakServer server() {
        return server;
    }

    Httpipe client() {
        return client;
    }

    /** Returns a client with few connections, so that calls have to wait for one. */
    Httpipe tightClient() {
        return tightClient;
    }

    Timeouts timeouts() {
        return TIMEOUTS;
    }

    long nextId() {
        return ids.incrementAndGet();
    }

    /** Returns an endpoint without a listener. */
    Endpoint noSocket() {
        return Endpoint.unix(directory.resolve("nobody"));
    }

    /** Whether a caller that has made this many calls makes another one in this round. */
    boolean wants(long calls) {
        return !over && calls < round.calls() && time().compareTo(round.end()) < 0;
    }

    /** Runs the soak; throws its first failure. */
    void run() throws IOException, InterruptedException {
        Gauges gauges = new Gauges(directory);
        List<Caller> all = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            all.add(new Caller(this, i));
        }
        report.printf(
                "Soak: %d rounds, seed %d, %d callers, Java %s%n", rounds.size(), seed, callers, Runtime.version());
        report.println("   time       calls  calls/s    heap    direct  threads  virtual  descriptors   timers");
        try {
            watch(all, gauges);
        } finally {
            over = true;
            gauges.close();
            client.close();
            tightClient.close();
            server.close();
        }
        report.printf(
                "  %,d requests, %,d responses intact, %,d bytes of responses and %,d of requests compared%n",
                counters.requests.sum(), counters.answers.sum(), counters.bytes.sum(), counters.uploaded.sum());
        report.printf("  %,d connections through relays, %,d faults%n", server.relayed(), server.faults());
        report.print(counters.table());
    }

    /** Runs the rounds, and checks the gauges after each. */
    private void watch(List<Caller> all, Gauges gauges) throws IOException, InterruptedException {
        Gauges.Reading first = null;
        long lastCalls = 0;
        start = System.nanoTime();
        for (SoakRound next : rounds) {
            round = next;
            Duration begun = time();
            call(all);
            Duration now = time();
            long calls = counters.calls();
            settle(gauges, first);
            Gauges.Reading reading = gauges.read();
            report.printf(
                    "%6d s %,11d %,8d %3d MiB %5d KiB %8d %8s %12d %8d%n",
                    now.toSeconds(),
                    calls,
                    (calls - lastCalls) * 1_000 / Math.max(1, now.minus(begun).toMillis()),
                    reading.heap() >> 20,
                    reading.direct() >> 10,
                    reading.platformThreads(),
                    reading.virtualThreads() < 0 ? "-" : reading.virtualThreads(),
                    reading.descriptors(),
                    reading.timers());
            first = first == null ? reading : first;
            judge(first, reading);
            lastCalls = calls;
        }
    }

    private Duration time() {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Has all callers make their calls of this round, and returns when none is under way any more. */
    private void call(List<Caller> all) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (Caller caller : all) {
            threads.add(Thread.ofVirtual().name("soak-caller").start(caller));
        }
        long calls = counters.calls();
        long since = System.nanoTime();
        for (Thread thread : threads) {
            while (!thread.join(LOOK)) {
                if (counters.failure() != null) {
                    throw counters.failure();
                }
                if (counters.calls() > calls) {
                    calls = counters.calls();
                    since = System.nanoTime();
                } else if (System.nanoTime() - since > STUCK.toNanos()) {
                    throw new AssertionError("calls that do not end: " + all);
                }
            }
        }
        if (counters.failure() != null) {
            throw counters.failure();
        }
    }

    /** Waits until the calls have released everything. */
    private void settle(Gauges gauges, Gauges.Reading first) throws IOException, InterruptedException {
        long end = System.nanoTime() + SETTLING.toNanos();
        while (!client.stats().isEmpty()
                || !tightClient.stats().isEmpty()
                || server.open() > 0
                || gauges.clientsThreads() > 0
                || gauges.timers() > 0
                || first != null && FileDescriptors.open() > first.descriptors() + SPARE_DESCRIPTORS) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "left behind: connections %s %s, %d at the server, %d threads, %d timers, %d descriptors"
                                .formatted(
                                        client.stats(),
                                        tightClient.stats(),
                                        server.open(),
                                        gauges.clientsThreads(),
                                        gauges.timers(),
                                        FileDescriptors.open()));
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static void judge(Gauges.Reading first, Gauges.Reading now) {
        boolean grown = now.platformThreads() > first.platformThreads()
                || now.virtualThreads() > 0
                || now.descriptors() > first.descriptors() + SPARE_DESCRIPTORS
                || now.timers() > 0
                || now.heap() > first.heap() + first.heap() / 10 + SPARE_HEAP
                || now.direct() > first.direct() + SPARE_DIRECT;
        if (grown) {
            throw new AssertionError("a leak: from %s to %s%n%s".formatted(first, now, Gauges.histogram()));
        }
    }
}
