package io.httpipe.soak;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import io.httpipe.internal.connect.SharedPollers;
import io.httpipe.testing.FileDescriptors;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/** Measures what could leak, while no call is in progress. */
final class Gauges implements AutoCloseable {
    /**
     * One reading of all gauges.
     *
     * @param platformThreads without the carriers of virtual threads, whose number the JDK chooses
     * @param virtualThreads  of the client; -1 if the JVM does not report them, see {@code jdk.trackAllThreads}
     * @param descriptors     open in the process
     * @param timers          running operation timers of the client
     * @param heap            bytes in use after a garbage collection
     * @param direct          bytes in direct buffers
     */
    record Reading(int platformThreads, int virtualThreads, long descriptors, int timers, long heap, long direct) {}

    private static final Duration SETTLING = Duration.ofSeconds(10);

    private final Path directory;
    private final boolean tracksThreads;

    /** Keeps the threads that serve the whole JVM alive; otherwise they could start or end between two readings. */
    private final Closeable shared;

    /** How many threads earlier tests have left behind. */
    private final int foreignThreads;

    private final int foreignTimers;

    Gauges(Path directory) throws IOException, InterruptedException {
        this.directory = directory;
        this.shared = SharedPollers.held();
        this.foreignTimers = allTimers();
        this.foreignThreads = allClientsThreads();
        CountDownLatch end = new CountDownLatch(1);
        Thread probe = Thread.ofVirtual().name("httpipe-probe").start(() -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        this.tracksThreads = allClientsThreads() > foreignThreads;
        end.countDown();
        probe.join();
    }

    @Override
    public void close() {
        try {
            shared.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** How many virtual threads the client has; 0 if the JVM does not report them. */
    int clientsThreads() throws IOException {
        return Math.max(0, allClientsThreads() - foreignThreads);
    }

    /** How many operation timers of the client are running. */
    int timers() {
        return Math.max(0, allTimers() - foreignTimers);
    }

    private int allClientsThreads() throws IOException {
        Path dump = directory.resolve("threads");
        Files.deleteIfExists(dump);
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
        try (Stream<String> lines = Files.lines(dump)) {
            return (int) lines.filter(line -> line.contains("\"httpipe-") && line.contains("\" virtual"))
                    .count();
        }
    }

    Reading read() throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        // A garbage collection can find a client that an earlier test has dropped. The client then starts a thread that
        // soon ends. A leaked thread stays.
        long end = System.nanoTime() + SETTLING.toNanos();
        while (clientsThreads() > 0 && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        int platform = (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("ForkJoinPool-1-worker-"))
                .count();
        return new Reading(
                platform, tracksThreads ? clientsThreads() : -1, FileDescriptors.open(), timers(), heap, direct());
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** Returns a class histogram of the heap, the largest classes first. */
    static String histogram() {
        try {
            Object histogram = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
            return histogram.toString().lines().limit(30).collect(Collectors.joining("\n"));
        } catch (JMException e) {
            throw new AssertionError(e);
        }
    }

    /** Reads the number of timers by reflection, because no API reports it. */
    private static int allTimers() {
        try {
            Class<?> timerThread = Class.forName("io.httpipe.internal.connect.TimerThread");
            Field instance = timerThread.getDeclaredField("INSTANCE");
            Field timers = timerThread.getDeclaredField("timers");
            instance.setAccessible(true);
            timers.setAccessible(true);
            return ((Collection<?>) timers.get(instance.get(null))).size();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
