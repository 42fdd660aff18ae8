package io.httpipe.internal.call;

import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicBoolean;

/** A body that can be sent only once, because its source cannot be read again. */
abstract class SingleUseBody implements OutgoingBody {
    private final AtomicBoolean sent = new AtomicBoolean();

    @Override
    public boolean repeatable() {
        return false;
    }

    @Override
    public final boolean isUsed() {
        return sent.get();
    }

    @Override
    public final void requireUnsent(boolean begins) {
        if (begins ? sent.getAndSet(true) : sent.get()) {
            throw new IllegalStateException("this body can be sent only once, and it has been sent; for a body that can"
                    + " be sent again, use Body.of(Supplier) or Body.writing(..).repeatable()");
        }
    }

    @Override
    public final void copyTo(OutputStream output) {
        throw new IllegalStateException("this body can be read only once");
    }

    /** The end of a description: the length, if it is known. */
    static String lengthText(long length) {
        return length < 0 ? "" : " of %d bytes".formatted(length);
    }
}
