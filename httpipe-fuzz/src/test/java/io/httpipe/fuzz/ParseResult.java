package io.httpipe.fuzz;

/** The result of parsing some bytes: a value, a need for more bytes, or an error. */
sealed interface ParseResult<T> {
    /** A value, and the number of bytes that it took. */
    record Complete<T>(T value, int length) implements ParseResult<T> {}

    /** More bytes are needed. */
    record Incomplete<T>() implements ParseResult<T> {}

    /** The bytes are not well-formed, whatever follows. */
    record Malformed<T>() implements ParseResult<T> {}
}
