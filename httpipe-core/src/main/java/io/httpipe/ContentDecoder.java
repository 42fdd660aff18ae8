package io.httpipe;

import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;

/**
 * Decodes one content coding (RFC 9110, section 8.4.1), such as br. A client with {@link Decoding#ON} finds the
 * decoders with {@link java.util.ServiceLoader}, in the class loader of this interface, when it sends its first
 * request.
 *
 * {@snippet :
 * module zipper {
 *     requires io.httpipe;
 *     provides io.httpipe.ContentDecoder with zipper.ZipperDecoder;
 * }
 * }
 *
 * <p>Must be thread-safe. gzip and deflate of the client cannot be replaced.
 */
public interface ContentDecoder {
    /** {@return the registered name of the coding, in lower case} It becomes a part of {@code Accept-Encoding}. */
    String name();

    /**
     * Begins to decode a body, when its first byte has arrived.
     *
     * @return a codec, which the client closes in any case
     * @throws IOException if that is not possible; the call ends with {@link DecodingException}
     */
    Codec open() throws IOException;

    /** Decodes one body. Used by one thread at a time. */
    interface Codec extends AutoCloseable {
        /**
         * Decodes until the input is empty, or the output is full, or the encoded data has ended. It must not keep back
         * bytes that it can decode if the output has space for them.
         *
         * @param encoded has an array; the position moves past the bytes that are consumed
         * @param decoded has an array; its space limits what is decoded at once
         * @return whether the encoded data may end here. If it has ended, and bytes follow that do not belong to it,
         *         leave them in {@code encoded}; the client reports them
         * @throws IOException if the data cannot be decoded; the call ends with {@link DecodingException}, which has
         *                     the message of this exception, and the reason of a {@link CodecException}, or else
         *                     {@link DecodingException.Reason#MALFORMED}
         */
        boolean decode(ByteBuffer encoded, ByteBuffer decoded) throws IOException;

        /** Frees native memory. May be called by another thread, but not while {@link #decode} runs. */
        @Override
        void close();
    }

    /**
     * Tells why a {@link Codec} cannot decode its data, where {@link DecodingException.Reason#MALFORMED} would not fit.
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
