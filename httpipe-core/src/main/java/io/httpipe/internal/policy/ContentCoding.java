package io.httpipe.internal.policy;

import java.io.IOException;

/** A content coding (RFC 9110, section 8.4.1) that can be decoded. Thread-safe. */
public interface ContentCoding {
    /** The registered name in lower case. */
    String name();

    /** Whether codecs free their memory themselves when they become garbage. */
    default boolean cleansItself() {
        return false;
    }

    /** Begins to decode a body. */
    Codec open() throws IOException;
}
