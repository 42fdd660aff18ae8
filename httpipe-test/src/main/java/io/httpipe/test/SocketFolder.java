package io.httpipe.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Manages the folder of this machine in which a container creates its Unix domain socket. Thread-safe. */
final class SocketFolder {
    static final String SOCKET = "nginx.sock";

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Path path;

    /** Returns the folder, which the first call creates. */
    Path path() {
        lock.lock();
        try {
            if (path == null) {
                path = Files.createTempDirectory("httpipe-nginx");
                // nginx runs as another user than this JVM. The mapping of users depends on the engine.
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
            }
            return path;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    /** Removes the folder, if there is one. */
    void remove() {
        lock.lock();
        try {
            if (path != null) {
                Files.deleteIfExists(path.resolve(SOCKET));
                Files.deleteIfExists(path);
                path = null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }
}
