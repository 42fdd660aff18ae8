package io.httpipe.internal.call;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A body whose bytes also go to another output, a new one each time the body is sent. */
public record TeeBody(OutgoingBody body, Supplier<? extends OutputStream> opener) implements OutgoingBody {
    @Override
    public void writeTo(BodyOutput output) throws IOException {
        encodeTo(output);
    }

    @Override
    public void encodeTo(OutputStream encoder) throws IOException {
        try (OutputStream copy = opener.get()) {
            body.encodeTo(new Tee(encoder, copy));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public long length() throws IOException {
        return body.length();
    }

    @Override
    public @Nullable String mediaType() {
        return body.mediaType();
    }

    @Override
    public @Nullable String contentEncoding() {
        return body.contentEncoding();
    }

    @Override
    public boolean repeatable() {
        return body.repeatable();
    }

    @Override
    public void requireUnsent(boolean begins) {
        body.requireUnsent(begins);
    }

    @Override
    public boolean isUsed() {
        return body.isUsed();
    }

    @Override
    public void copyTo(OutputStream output) throws IOException {
        body.copyTo(output);
    }

    @Override
    public boolean mayBlock() {
        return body.mayBlock();
    }

    @Override
    public void readBy(long deadline) {
        body.readBy(deadline);
    }

    @Override
    public void abandon() {
        body.abandon();
    }

    @Override
    public void release() throws IOException {
        body.release();
    }

    @Override
    public boolean fitsOneWrite() {
        return body.fitsOneWrite();
    }

    @Override
    public String toString() {
        return body.toString();
    }

    /** Writes to two outputs: first to the request, so that the copy has only what the request has. */
    private static final class Tee extends OutputStream {
        private final OutputStream request;
        private final OutputStream copy;

        Tee(OutputStream request, OutputStream copy) {
            this.request = request;
            this.copy = copy;
        }

        @Override
        public void write(int oneByte) throws IOException {
            request.write(oneByte);
            copy.write(oneByte);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            request.write(bytes, offset, count);
            copy.write(bytes, offset, count);
        }

        @Override
        public void flush() throws IOException {
            request.flush();
        }
    }
}
