package io.httpipe.soak;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import io.httpipe.internal.connect.SharedPollers;
import io.httpipe.testing.Descriptors;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/** What could grow, measured while nothing is under way. */
final class Gauges implements AutoCloseable {
    /**
     * One look at all of it.
     *
     * @param platformThreads without the carriers of virtual threads, of which the JDK keeps as many as it likes
     * @param virtualThreads  of the client, -1 where the JVM does not tell; see {@code jdk.trackAllThreads}
     * @param descriptors     open ones of the process
     * @param watches         time limits that the client's watchdog looks at
     * @param heap            octets in use behind a garbage collection
     * @param direct          octets of buffers outside of the heap
     */
    record Reading(int platformThreads, int virtualThreads, long descriptors, int watches, long heap, long direct) {}

    private final Path directory;
    private final boolean tracksThreads;

    /** The threads that serve the whole JVM, which would otherwise come and go between two readings. */
    private final Closeable shared;

    /** What others have left behind before. */
    private final int foreignThreads;

    private final int foreignWatches;

    Gauges(Path directory) throws IOException, InterruptedException {
        this.directory = directory;
        this.shared = SharedPollers.held();
        this.foreignWatches = allWatches();
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

    /** How many virtual threads the client has; 0 where the JVM does not tell. */
    int clientsThreads() throws IOException {
        return Math.max(0, allClientsThreads() - foreignThreads);
    }

    /** How many time limits the client's watchdog has to look at. */
    int watches() {
        return Math.max(0, allWatches() - foreignWatches);
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

    Reading read() throws IOException {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        int platform = (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("ForkJoinPool-1-worker-"))
                .count();
        return new Reading(
                platform, tracksThreads ? clientsThreads() : -1, Descriptors.open(), watches(), heap, direct());
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** What the heap is full of, the most first. */
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

    /** The one number that no API tells. */
    private static int allWatches() {
        try {
            Class<?> watchdog = Class.forName("io.httpipe.internal.connect.TimerThread");
            Field instance = watchdog.getDeclaredField("INSTANCE");
            Field watches = watchdog.getDeclaredField("watches");
            instance.setAccessible(true);
            watches.setAccessible(true);
            return ((Collection<?>) watches.get(instance.get(null))).size();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
