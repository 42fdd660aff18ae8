package io.httpipe.internal.policy;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A content coding (RFC 9110, section 8.4.1) that can be decoded. Thread-safe. */
public interface ContentCoding {
    /** The registered name in lower case. */
    String name();

    /** Whether codecs free their memory themselves when they become garbage. */
    default boolean cleansItself() {
        return false;
    }

    /**
     * Returns the decoded length that a whole encoded body states; 0 or less if it states none. The body may be
     * malformed, and the length wrong.
     */
    default int decodedLength(ByteBuffer encoded) {
        return 0;
    }

    /** Begins to decode a body. */
    Codec open() throws IOException;
}
