package io.httpipe;

import io.httpipe.internal.call.BodySource;
import io.httpipe.internal.wire.FieldLines;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A body that an interceptor supplies. It replaces the body that a call received, or is the body of a response from
 * memory. Closing it closes {@code in} and {@code original}.
 *
 * @param in       the source of the bytes that readers get
 * @param original the replaced body, which {@code in} usually reads; null for a response from memory
 * @param trailers the trailer fields of a response from memory
 */
record ReplacedBody(InputStream in, @Nullable BodyReader original, FieldLines trailers) implements BodySource {
    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
        return in.read(into, offset, count);
    }

    @Override
    public int readOn(byte[] into, int offset, int count) throws IOException {
        return in instanceof BodyReader reader ? reader.readOn(into, offset, count) : in.read(into, offset, count);
    }

    @Override
    public int available() throws IOException {
        return in.available();
    }

    @Override
    public FieldLines trailers() {
        return original == null ? trailers : original.source().trailers();
    }

    @Override
    public void close() throws IOException {
        try {
            in.close();
        } finally {
            if (original != null) {
                original.close();
            }
        }
    }

    @Override
    public void readBy(long deadline) {
        if (original != null) {
            original.source().readBy(deadline);
        }
    }

    @Override
    public void abandon() {
        if (original != null) {
            original.source().abandon();
        }
    }
}
