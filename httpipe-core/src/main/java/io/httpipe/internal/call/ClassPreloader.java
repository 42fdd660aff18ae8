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
 * Loads what the first call of a JVM needs last, while the caller still makes its request: the JDK's channels and the
 * classes that write a head and read an answer. In a JVM that has just started, loading classes takes most of that call.
 *
 * <p>Classes of ours are loaded only, not initialised, which two threads could do in orders that have them wait for each
 * other. What cannot be loaded here is left to the call, which can tell its caller.
 */
public final class ClassPreloader extends Thread {
    static {
        try {
            new ClassPreloader().start();
        } catch (OutOfMemoryError e) {
            // There may be no more threads; it goes without.
        }
    }

    private ClassPreloader() {
        super(null, null, "httpipe-preload", 0, false);
        setDaemon(true);
    }

    /** Starts it if this is the first client of this JVM. */
    public static void begin() {
        // Initialising the class does it.
    }

    @Override
    public void run() {
        try {
            SocketChannel.open().close();
            // To name a class loads it.
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
            // The call meets it again.
        }
    }
}
