package io.httpipe.test;

import io.httpipe.BodyReader;
import io.httpipe.StreamedResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Writes a response body into a file while it is read. For one thread, except {@link #close}. */
final class RecordedBody extends InputStream {
    private static final int FREE = 0;
    private static final int BUSY = 1;
    private static final int ENDED = 2;

    private final BodyReader in;
    private final RecordedCall call;

    /** Whether a thread uses the file, or the recording has ended. One thread may close while another one reads. */
    private final AtomicInteger use = new AtomicInteger(FREE);

    private final boolean bodiless;

    private volatile boolean closing;

    /** How many bytes have been recorded. */
    private long recorded;

    /** Null before the first byte. */
    private @Nullable OutputStream copy;

    /** An action that ends a recording. */
    @FunctionalInterface
    private interface Ending {
        void run() throws IOException;
    }

    RecordedBody(StreamedResponse response, RecordedCall call) {
        this.in = response.body();
        this.call = call;
        this.bodiless = in.length() == 0 || call.isBodiless(response.status());
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
        int read;
        try {
            read = in.read(buffer, offset, count);
        } catch (IOException | RuntimeException e) {
            end(() -> call.failed(e));
            throw e;
        }
        if (read < 0) {
            end(call::ended);
        } else if (read > 0) {
            copy(buffer, offset, read);
        }
        return read;
    }

    private void copy(byte[] buffer, int offset, int count) throws IOException {
        if (use.compareAndSet(FREE, BUSY)) {
            try {
                if (copy == null) {
                    copy = call.openResponseBody();
                }
                copy.write(buffer, offset, count);
                recorded += count;
            } finally {
                use.set(FREE);
            }
            if (closing) {
                endClosed();
            }
        }
    }

    /** Ends the recording of a response that was closed, perhaps before its end. */
    private void endClosed() throws IOException {
        end(() -> {
            if (bodiless || in.length() >= 0 && recorded >= in.length()) {
                call.ended();
            } else {
                call.closedEarly();
            }
        });
    }

    private void end(Ending ending) throws IOException {
        if (use.compareAndSet(FREE, BUSY)) {
            try {
                if (copy != null) {
                    copy.close();
                }
                ending.run();
            } finally {
                use.set(ENDED);
            }
        }
    }

    @Override
    public int available() throws IOException {
        return in.available();
    }

    @Override
    public void close() throws IOException {
        try {
            in.close();
        } finally {
            closing = true;
            endClosed();
        }
    }
}
