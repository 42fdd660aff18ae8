package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.connect.SharedPollers;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Threads;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** After an application has closed its clients, nothing in the JVM keeps its class loader. */
@Timeout(60)
class ClassLoaderTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String HALF = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf";

    /** Counted from the close of the client. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Logger logger = Logger.getLogger("io.httpipe");
    private final ReferenceQueue<ClassLoader> collected = new ReferenceQueue<>();

    private ScriptedServer server;
    private ScriptedServer secure;
    private ScriptedServer endless;
    private ScriptedServer uploads;
    private ExecutorService pool;

    @BeforeEach
    void start() throws IOException {
        // The log would report the stream that the application drops on purpose.
        logger.setUseParentHandlers(false);
        Script ok = ScriptedServer.inTurn(OK);
        server = ScriptedServer.of(ok);
        secure = ScriptedServer.tls(TestCertificates.get().server(), ok);
        endless = ScriptedServer.of(peer -> {
            peer.head();
            peer.send(HALF);
            peer.awaitClose();
        });
        uploads = ScriptedServer.of(peer -> {
            while (peer.nextHead() != null) {
                peer.body(TenantApp.UPLOAD);
                peer.send(OK);
            }
        });
        // On JDK 21, a platform thread created inside a call of the application keeps the application's loader.
        pool = Executors.newFixedThreadPool(1, Thread.ofVirtual().factory());
    }

    @AfterEach
    void stop() throws IOException {
        pool.close();
        for (ScriptedServer each : List.of(server, secure, endless, uploads)) {
            each.close();
        }
        logger.setUseParentHandlers(true);
    }

    private static URL home(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    /** Loads only the application class. It uses httpipe from the class loader of the tests. */
    private static final class SharingLoader extends URLClassLoader {
        SharingLoader() {
            super(new URL[] {home(TenantApp.class)}, ClassLoaderTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(TenantApp.class.getName())) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known != null ? known : findClass(name);
            }
        }
    }

    /** Runs the application and closes its loader. No other reference remains on the stack. */
    private WeakReference<ClassLoader> run(boolean bringsHttpipe) throws Exception {
        try (URLClassLoader loader = bringsHttpipe
                ? new URLClassLoader(
                        new URL[] {home(Httpipe.class), home(TenantApp.class)}, ClassLoader.getPlatformClassLoader())
                : new SharingLoader()) {
            Class<?> type = loader.loadClass(TenantApp.class.getName());
            assertSame(loader, type.getClassLoader());
            @SuppressWarnings("unchecked")
            UnaryOperator<Object[]> app =
                    (UnaryOperator<Object[]>) type.getConstructor().newInstance();
            Object[] waitedTogether = app.apply(new Object[] {
                server.uri("/"),
                secure.uri("localhost", "/"),
                endless.uri("/"),
                uploads.uri("/"),
                TestCertificates.get().authority(),
                pool
            });
            assertEquals(true, waitedTogether[0], "calls have waited in the shared poller");
            return new WeakReference<>(loader, collected);
        }
    }

    private void awaitCollection(WeakReference<ClassLoader> loader) throws InterruptedException {
        long closed = System.nanoTime();
        while (loader.get() != null) {
            assertTrue(System.nanoTime() - closed < PATIENCE.toNanos(), "the loader is still there");
            System.gc();
            collected.remove(100);
        }
    }

    @Test
    void theClassLoaderOfAnApplicationWithItsOwnHttpipeIsCollectedAfterClose() throws Exception {
        awaitCollection(run(true));
    }

    @Test
    void theClassLoaderOfTheFirstUserOfASharedHttpipeIsCollectedWhileOthersContinue() throws Exception {
        long start = System.nanoTime();
        while (!Threads.named("httpipe-timer").isEmpty()
                || !Threads.named("httpipe-poller").isEmpty()) {
            assertTrue(System.nanoTime() - start < PATIENCE.toNanos(), "another test has left a connection open");
        }
        WeakReference<ClassLoader> loader = run(false);
        try (Closeable shared = SharedPollers.held()) {
            awaitCollection(loader);
            assertEquals(1, Threads.named("httpipe-timer").size(), shared::toString);
        }
    }
}
