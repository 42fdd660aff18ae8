package io.httpipe;

import io.httpipe.internal.call.ProgressMeter;
import io.httpipe.internal.wire.Arguments;

/**
 * The progress of a download or an upload.
 *
 * {@snippet :
 * hp.download(Request.get(uri), file, p ->
 *         System.out.printf("%d of %d, %.0f/s%n", p.bytes(), p.total(), p.bytesPerSecond()));
 * }
 *
 * @param bytes          how many bytes have been transferred
 * @param total          the number of bytes of the whole transfer; -1 if it is unknown
 * @param bytesPerSecond the average speed since the start
 */
public record Progress(long bytes, long total, double bytesPerSecond) {
    /** Receives reports of the progress: at most ten in a second, and one more when the transfer has succeeded. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Receives one report. The thread that transfers the bytes calls this method, so it must be quick. If it throws
         * an exception, the call fails.
         *
         * @param progress the state of the transfer
         */
        void progress(Progress progress);
    }

    static ProgressMeter.Report report(Listener listener) {
        Arguments.notNull("listener", listener);
        return (bytes, total, rate) -> listener.progress(new Progress(bytes, total, rate));
    }
}
