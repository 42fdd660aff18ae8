package io.httpipe.internal.call;

import java.io.IOException;
import java.io.OutputStream;

/** A body that a callback writes. */
public final class WrittenBody extends SingleUseBody {
    private final boolean fromIterator;
    private final long length;
    private final Writer writer;

    /** Writes a whole body. */
    @FunctionalInterface
    public interface Writer {
        void writeTo(OutputStream output) throws IOException;
    }

    /**
     * A body that a callback writes once.
     *
     * @param fromIterator whether the callback writes the elements of an iterator, which cannot be repeated
     * @param length       -1 for an unknown length
     */
    public WrittenBody(boolean fromIterator, long length, Writer writer) {
        this.fromIterator = fromIterator;
        this.length = length;
        this.writer = writer;
    }

    public boolean canBecomeRepeatable() {
        return !fromIterator;
    }

    /** Returns this body as a repeatable one. The callback must write the same bytes each time. */
    public OutgoingBody asRepeatable() {
        return new Repeatable(this);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void writeTo(BodyOutput output) throws IOException {
        writer.writeTo(output);
    }

    @Override
    public void encodeTo(OutputStream encoder) throws IOException {
        writer.writeTo(encoder);
    }

    @Override
    public String toString() {
        return (fromIterator ? "iterator" : "writer") + lengthText(length);
    }

    private record Repeatable(WrittenBody body) implements OutgoingBody {
        @Override
        public long length() {
            return body.length;
        }

        @Override
        public boolean repeatable() {
            return true;
        }

        @Override
        public void writeTo(BodyOutput output) throws IOException {
            body.writeTo(output);
        }

        @Override
        public void copyTo(OutputStream output) throws IOException {
            body.writer.writeTo(output);
        }

        @Override
        public String toString() {
            return "repeatable " + body;
        }
    }
}
