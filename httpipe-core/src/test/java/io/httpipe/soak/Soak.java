package io.httpipe.soak;

import io.httpipe.Endpoint;
import io.httpipe.Httpipe;
import io.httpipe.Timeouts;
import io.httpipe.Tls;
import io.httpipe.testing.Descriptors;
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
 * Many callers against a server that misbehaves at random, between good answers, in rounds: every good answer must
 * arrive intact, every other call end as it may, and nothing grow.
 *
 * <p>After each round, when idle connections have been closed, no thread, descriptor or time limit of the client may be
 * left, and no more heap may be in use than after the first one.
 */
final class Soak {
    private static final Timeouts PATIENCE = Timeouts.of(Duration.ofSeconds(60));

    /** How long after the last call everything must be over, on a machine that has other things to do as well. */
    private static final Duration SETTLING = Duration.ofSeconds(60);

    /** For how long no call may end while some are under way. */
    private static final Duration STUCK = SETTLING.multipliedBy(2);

    /** How often a failure is looked for. */
    private static final Duration LOOK = Duration.ofMillis(100);

    /** Descriptors that the JDK may open late for reasons of its own. */
    private static final int SPARE_DESCRIPTORS = 8;

    /** What classes, compiled code's constants and the JDK's caches may still gain after the first reading. */
    private static final long SPARE_HEAP = 6 << 20;

    /** What the JDK may keep of temporary buffers for carriers that were busy with larger pieces than before. */
    private static final long SPARE_DIRECT = 4 << 20;

    private final List<Round> rounds;
    private final long seed;
    private final int callers;
    private final Path directory;
    private final PrintStream report;
    private final Tally tally = new Tally();
    private final AtomicLong ids = new AtomicLong();
    private final Tls tls;
    private final SoakServer server;
    private final Httpipe client;
    private final Httpipe tightClient;
    private volatile Round round;
    private volatile long start;
    private volatile boolean over;

    Soak(List<Round> rounds, long seed, int callers, Path directory, PrintStream report) throws IOException {
        this.rounds = rounds;
        this.seed = seed;
        this.callers = callers;
        this.directory = directory;
        this.report = report;
        this.tls = Tls.DEFAULT.trust(TestCertificates.get().authority());
        this.server = new SoakServer(directory, tally);
        this.client = builder().build();
        this.tightClient = builder().maxConnectionsPerRoute(8).build();
    }

    private Httpipe.Builder builder() {
        return Httpipe.builder()
                .tls(tls)
                .timeouts(PATIENCE)
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

    Tally tally() {
        return tally;
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

    /** A client with few connections, for which calls wait. */
    Httpipe tightClient() {
        return tightClient;
    }

    Timeouts patience() {
        return PATIENCE;
    }

    long nextId() {
        return ids.incrementAndGet();
    }

    /** Where nobody listens. */
    Endpoint noSocket() {
        return Endpoint.unix(directory.resolve("nobody"));
    }

    /** Whether a caller that has made so many calls makes another one before all pause. */
    boolean wants(long calls) {
        return !over && calls < round.calls() && time().compareTo(round.end()) < 0;
    }

    /** Runs it; throws the first thing that must not have happened. */
    void run() throws IOException, InterruptedException {
        Gauges gauges = new Gauges(directory);
        List<Caller> all = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            all.add(new Caller(this, i));
        }
        report.printf(
                "Soak: %d rounds, seed %d, %d callers, Java %s%n", rounds.size(), seed, callers, Runtime.version());
        report.println("   time       calls  calls/s    heap    direct  threads  virtual  descriptors  watches");
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
                "  %,d requests, %,d answers intact, %,d octets of answers and %,d of requests compared%n",
                tally.requests.sum(), tally.answers.sum(), tally.octets.sum(), tally.uploaded.sum());
        report.print(tally.table());
    }

    /** Runs round after round, and looks at the gauges at the end of each. */
    private void watch(List<Caller> all, Gauges gauges) throws IOException, InterruptedException {
        Gauges.Reading first = null;
        long lastCalls = 0;
        start = System.nanoTime();
        for (Round next : rounds) {
            round = next;
            Duration begun = time();
            call(all);
            Duration now = time();
            long calls = tally.calls();
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
                    reading.watches());
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
        long calls = tally.calls();
        long since = System.nanoTime();
        for (Thread thread : threads) {
            while (!thread.join(LOOK)) {
                if (tally.failure() != null) {
                    throw tally.failure();
                }
                if (tally.calls() > calls) {
                    calls = tally.calls();
                    since = System.nanoTime();
                } else if (System.nanoTime() - since > STUCK.toNanos()) {
                    throw new AssertionError("calls that do not end: " + all);
                }
            }
        }
        if (tally.failure() != null) {
            throw tally.failure();
        }
    }

    /** Waits until all that the calls have left behind is gone. */
    private void settle(Gauges gauges, Gauges.Reading first) throws IOException, InterruptedException {
        long end = System.nanoTime() + SETTLING.toNanos();
        while (!client.stats().isEmpty()
                || !tightClient.stats().isEmpty()
                || server.open() > 0
                || gauges.clientsThreads() > 0
                || gauges.watches() > 0
                || first != null && Descriptors.open() > first.descriptors() + SPARE_DESCRIPTORS) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "left behind: connections %s %s, %d at the server, %d threads, %d watches, %d descriptors"
                                .formatted(
                                        client.stats(),
                                        tightClient.stats(),
                                        server.open(),
                                        gauges.clientsThreads(),
                                        gauges.watches(),
                                        Descriptors.open()));
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static void judge(Gauges.Reading first, Gauges.Reading now) {
        boolean grown = now.platformThreads() > first.platformThreads()
                || now.virtualThreads() > 0
                || now.descriptors() > first.descriptors() + SPARE_DESCRIPTORS
                || now.watches() > 0
                || now.heap() > first.heap() + first.heap() / 10 + SPARE_HEAP
                || now.direct() > first.direct() + SPARE_DIRECT;
        if (grown) {
            throw new AssertionError("it grows: from %s to %s%n%s".formatted(first, now, Gauges.histogram()));
        }
    }
}
