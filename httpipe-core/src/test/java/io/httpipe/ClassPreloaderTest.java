package io.httpipe;

import io.httpipe.testing.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ClassPreloaderTest {
    /** Classes that a call needs only after it has a connection. */
    private static final List<String> LATE = List.of(
            "io.httpipe.internal.connect.ReadBuffer",
            "io.httpipe.internal.wire.HeadParser",
            "io.httpipe.internal.call.RequestHead",
            "io.httpipe.Response");

    /** Defines the httpipe classes again, as in a new JVM, and signals when a late class is loaded. */
    private static final class FreshClassLoader extends ClassLoader {
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
            try (InputStream in = FreshClassLoader.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = in.readAllBytes();
                Class<?> defined = defineClass(name, bytes, 0, bytes.length);
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
    void creatingTheFirstClientLoadsTheClassesOfItsFirstCall() throws Exception {
        FreshClassLoader loader = new FreshClassLoader();
        Class<?> httpipe = loader.loadClass("io.httpipe.Httpipe");
        AutoCloseable client = (AutoCloseable) httpipe.getMethod("create").invoke(null);
        try {
            loader.loaded.values().forEach(Signal::await);
        } finally {
            client.close();
        }
    }
}
