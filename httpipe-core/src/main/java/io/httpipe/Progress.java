package io.httpipe;

import io.httpipe.internal.call.ProgressMeter;
import io.httpipe.internal.wire.Arguments;

/**
 * How far a download or an upload has got.
 *
 * {@snippet :
 * hp.download(Request.get(uri), file, p -> System.out.printf("%d of %d, %.0f/s%n", p.bytes(), p.total(), p.bytesPerSecond()));
 * }
 *
 * @param bytes          how many bytes have been transferred
 * @param total          how many there are in all; -1 if that is unknown
 * @param bytesPerSecond the average since the start
 */
public record Progress(long bytes, long total, double bytesPerSecond) {
    /** Is told about progress at most ten times a second, and once more when the transfer has succeeded. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Called on the thread that transfers the bytes, so it must be quick. What it throws ends the call.
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
