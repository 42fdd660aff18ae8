package io.httpipe.testing;

import java.io.InputStream;
import java.util.function.Consumer;

/** A stream of zeros without end. */
public final class EndlessStream extends InputStream {
    private final Consumer<Thread> reader;

    private EndlessStream(Consumer<Thread> reader) {
        this.reader = reader;
    }

    /**
     * {@return a stream that reports the thread that reads it}
     *
     * @param reader receives the thread at each read
     */
    public static EndlessStream readBy(Consumer<Thread> reader) {
        return new EndlessStream(reader);
    }

    @Override
    public int read() {
        throw new AssertionError("nobody reads single bytes");
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        reader.accept(Thread.currentThread());
        return length;
    }
}
