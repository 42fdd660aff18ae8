package io.httpipe.internal.call;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Supplier;

/** A body whose bytes are also written to another output. A new output is opened each time the body is sent. */
public record TeeBody(OutgoingBody body, Supplier<? extends OutputStream> opener) implements BodyWrapper {
    @Override
    public void writeTo(BodyOutput output) throws IOException {
        encodeTo(output);
    }

    @Override
    public void encodeTo(OutputStream encoder) throws IOException {
        try (OutputStream copy = SuppliedBody.open(opener)) {
            body.encodeTo(new Tee(encoder, copy));
        }
    }

    @Override
    public String toString() {
        return body.toString();
    }

    /** Writes to two outputs: first to the request, so that the copy never has bytes that the request lacks. */
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
