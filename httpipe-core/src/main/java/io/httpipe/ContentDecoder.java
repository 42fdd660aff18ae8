package io.httpipe;

import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;

/**
 * Decodes one content coding (RFC 9110, section 8.4.1), such as br. The library finds the decoders with
 * {@link java.util.ServiceLoader}, in the class loader of this interface, for all clients together: when the first
 * request with {@link Decoding#ON} is sent.
 *
 * {@snippet :
 * module zipper {
 *     requires io.httpipe;
 *     provides io.httpipe.ContentDecoder with zipper.ZipperDecoder;
 * }
 * }
 *
 * <p>A decoder must be thread-safe. The client's own decoders for gzip and deflate cannot be replaced.
 */
public interface ContentDecoder {
    /** {@return the registered name of the coding, in lower case} It becomes a part of {@code Accept-Encoding}. */
    String name();

    /**
     * Begins to decode a body. Called when the first byte of the body has arrived.
     *
     * @return a codec, which the client always closes
     * @throws IOException if the body cannot be decoded; the call ends with {@link DecodingException}
     */
    Codec open() throws IOException;

    /** Decodes one body. Used by one thread at a time. */
    interface Codec extends AutoCloseable {
        /**
         * Decodes until the input is empty, or the output is full, or the encoded data has ended. The codec must not
         * keep back bytes that it can decode if the output has space for them.
         *
         * @param encoded has an array; the position moves past the bytes that are consumed
         * @param decoded has an array; its remaining space limits how many bytes one call decodes
         * @return whether the encoded data may end here. If other bytes follow the end of the encoded data, leave them
         *         in {@code encoded}; the client reports them
         * @throws IOException if the data cannot be decoded. The call ends with a {@link DecodingException} that
         *                     contains the message of this exception. If this exception is a {@link CodecException},
         *                     the {@code DecodingException} has the same reason; otherwise its reason is
         *                     {@link DecodingException.Reason#MALFORMED}
         */
        boolean decode(ByteBuffer encoded, ByteBuffer decoded) throws IOException;

        /** Frees native memory. May be called by another thread, but not while {@link #decode} runs. */
        @Override
        void close();
    }

    /**
     * Thrown by a {@link Codec} to give another reason than {@link DecodingException.Reason#MALFORMED}.
     *
     * {@snippet :
     * throw new ContentDecoder.CodecException(DecodingException.Reason.WINDOW, "its window has 128 MiB");
     * }
     */
    final class CodecException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        /** Why the data cannot be decoded. */
        private final DecodingException.Reason reason;

        /**
         * Creates an exception.
         *
         * @param reason  of the {@link DecodingException}
         * @param message what is wrong with the data
         */
        public CodecException(DecodingException.Reason reason, String message) {
            super(message);
            this.reason = Arguments.notNull("reason", reason);
        }

        /** {@return why the data cannot be decoded} */
        public DecodingException.Reason reason() {
            return reason;
        }
    }
}
