package io.httpipe.testing;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The two kinds of threads. The JDK implements much of its I/O differently for each. */
public enum Threads {
    VIRTUAL,
    PLATFORM;

    public Thread start(Runnable task) {
        return this == VIRTUAL
                ? Thread.ofVirtual().start(task)
                : Thread.ofPlatform().daemon().start(task);
    }

    /** {@return the names of all live threads, of either kind, that start with this prefix} */
    public static List<String> named(String prefix) throws IOException {
        Path dump = Files.createTempDirectory("httpipe").resolve("threads");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
            return Files.readAllLines(dump).stream()
                    .filter(line -> line.startsWith("#") && line.contains("\"" + prefix))
                    .map(line -> line.split("\"")[1])
                    .toList();
        } finally {
            Files.deleteIfExists(dump);
            Files.delete(dump.getParent());
        }
    }

    /** Waits until no thread is left whose name starts with this prefix. */
    public static void awaitNone(String prefix) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        for (List<String> left = named(prefix); !left.isEmpty(); left = named(prefix)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("threads are left: " + left);
            }
        }
    }

    /** Waits until a thread executes this method. */
    public static void awaitWithin(Thread thread, String type, String method) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (Arrays.stream(thread.getStackTrace())
                .noneMatch(frame -> frame.getClassName().endsWith("." + type)
                        && frame.getMethodName().equals(method))) {
            if (System.nanoTime() > end) {
                throw new AssertionError("%s does not come to %s.%s".formatted(thread, type, method));
            }
            Thread.yield();
        }
    }

    /** Runs a call on such a thread. Returns its result, throws its exception, or fails the test after 20 seconds. */
    public <T> T call(Callable<T> call) throws Exception {
        FutureTask<T> task = new FutureTask<>(call);
        start(task);
        try {
            return task.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new AssertionError("the call does not come back", e);
        }
    }

    /** Whether a thread waits inside all of these methods. Each is a prefix of {@code Class.method}. */
    public static boolean waits(Thread thread, String where) {
        StackTraceElement[] stack = thread.getStackTrace();
        boolean blocked = switch (thread.getState()) {
            case WAITING, TIMED_WAITING -> true;
            default -> stack.length > 0 && stack[0].isNativeMethod();
        };
        return blocked
                && Arrays.stream(where.split(" "))
                        .allMatch(method -> Arrays.stream(stack).anyMatch(frame -> isIn(frame, method)));
    }

    private static boolean isIn(StackTraceElement frame, String method) {
        String type = frame.getClassName();
        return (type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethodName()).startsWith(method);
    }

    /** Waits until a thread waits inside all of these methods. */
    public static void awaitWaiting(Thread thread, String where) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!waits(thread, where)) {
            if (System.nanoTime() > end) {
                throw new AssertionError(thread + " does not wait in " + where);
            }
            Thread.yield();
        }
    }

    /** {@return the state and the stack of a thread; empty for null} */
    public static String trace(@Nullable Thread thread) {
        StringBuilder place = new StringBuilder();
        if (thread != null) {
            place.append(thread.getState());
            for (StackTraceElement frame : thread.getStackTrace()) {
                place.append("\n  ").append(frame);
            }
        }
        return place.toString();
    }
}
