package io.httpipe.internal.call;

import io.httpipe.internal.connect.GrowingBuffer;
import io.httpipe.internal.connect.ReadBuffer;
import io.httpipe.internal.wire.BodyFraming;
import io.httpipe.internal.wire.FieldNames;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.HeadWriter;
import io.httpipe.internal.wire.Parameters;
import io.httpipe.internal.wire.ResponseHead;
import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * Loads classes for the first call of a JVM while the caller still creates its request: the JDK's channels and the
 * classes that write a head and read a response. In a JVM that has just started, loading classes takes most of a call's
 * time.
 *
 * <p>The client's own classes are loaded but not initialised. Two threads that initialise classes in different orders
 * can deadlock. If a class cannot be loaded here, the call loads it again and can report the error.
 */
public final class ClassPreloader extends Thread {
    static {
        try {
            new ClassPreloader().start();
        } catch (OutOfMemoryError e) {
            // The thread cannot be created. Calls work without it.
        }
    }

    private ClassPreloader() {
        super(null, null, "httpipe-preload", 0, false);
        setDaemon(true);
    }

    /** Starts the loading if this is the first client of this JVM. */
    public static void begin() {
        // The static initialiser starts the thread.
    }

    @Override
    public void run() {
        try {
            SocketChannel.open().close();
            // Referring to a class loads it.
            List.of(
                    ReadBuffer.class,
                    HeadParser.class,
                    ManagedHeaders.class,
                    RequestHead.class,
                    HeadWriter.class,
                    FieldNames.class,
                    ResponseHead.class,
                    BodyFraming.class,
                    Parameters.class,
                    GrowingBuffer.class);
            // The type that callers see, which this package must not refer to.
            Class.forName("io.httpipe.Response", false, ClassPreloader.class.getClassLoader());
        } catch (Throwable e) {
            // The call meets the same error and reports it.
        }
    }
}
