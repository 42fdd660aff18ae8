package io.httpipe;

import io.httpipe.testing.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ClassPreloaderTest {
    /** Classes that a call loads when it has a connection. */
    private static final List<String> LATE = List.of(
            "io.httpipe.internal.connect.ReadBuffer",
            "io.httpipe.internal.wire.HeadParser",
            "io.httpipe.internal.call.RequestHead",
            "io.httpipe.Response");

    /** Defines httpipe's classes anew, as a JVM that has just started does, and tells when it has. */
    private static final class Fresh extends ClassLoader {
        final Map<String, Signal> loaded = LATE.stream().collect(Collectors.toMap(name -> name, name -> new Signal()));

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.httpipe.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known != null ? known : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream in = Fresh.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] octets = in.readAllBytes();
                Class<?> defined = defineClass(name, octets, 0, octets.length);
                Signal signal = loaded.get(name);
                if (signal != null) {
                    signal.set();
                }
                return defined;
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @Test
    void theFirstClientOfAJvmHasLoadedWhatItsFirstCallNeeds() throws Exception {
        Fresh fresh = new Fresh();
        Class<?> httpipe = fresh.loadClass("io.httpipe.Httpipe");
        AutoCloseable client = (AutoCloseable) httpipe.getMethod("create").invoke(null);
        try {
            fresh.loaded.values().forEach(Signal::await);
        } finally {
            client.close();
        }
    }
}
