package io.httpipe.internal.call;

import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.function.Supplier;

/** A body that opens a new stream each time it is sent. A length of -1 means that it is unknown. */
public record SuppliedBody(Supplier<? extends InputStream> opener, long length) implements OutgoingBody {
    @Override
    public boolean repeatable() {
        return true;
    }

    @Override
    public boolean mayBlock() {
        return true;
    }

    @Override
    public void writeTo(BodyOutput output) throws IOException {
        try (InputStream in = open(opener)) {
            output.transferFrom(in, false);
        }
    }

    @Override
    public void encodeTo(OutputStream encoder) throws IOException {
        try (InputStream in = open(opener)) {
            StreamBody.encode(in, length, encoder);
        }
    }

    @Override
    public void copyTo(OutputStream output) throws IOException {
        try (InputStream in = open(opener)) {
            in.transferTo(output);
        }
    }

    /** Returns what a supplier of the caller opens. Throws the cause of its {@link UncheckedIOException}. */
    static <T> T open(Supplier<? extends T> opener) throws IOException {
        T opened;
        try {
            opened = opener.get();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return Arguments.notNull("the result of opener", opened);
    }

    @Override
    public String toString() {
        return "streams from a supplier" + SingleUseBody.lengthText(length);
    }
}
