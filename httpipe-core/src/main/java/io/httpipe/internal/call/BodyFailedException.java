package io.httpipe.internal.call;

import java.io.IOException;
import java.io.Serial;

/** The source of a request body failed, or gave more or fewer bytes than announced; the cause says which. */
public final class BodyFailedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final IOException source;

    public BodyFailedException(IOException source) {
        super(source);
        this.source = source;
    }

    /** Returns the cause. */
    public IOException source() {
        return source;
    }
}
