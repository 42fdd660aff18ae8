package io.httpipe;

/**
 * One piece of a response, as {@link Exchange#read} returns it.
 *
 * {@snippet :
 * for (Token token = exchange.read(); !(token instanceof Token.Eof); token = exchange.read()) {
 *     switch (token) {
 *         case Token.Informational early -> out.println(early.headers().all("Link"));
 *         case Token.StatusLine line -> out.println(line.status());
 *         case Token.Header header -> out.println(header.line());
 *         case Token.HeaderEnd end -> out.println();
 *         case Token.Body body -> out.write(body.data());
 *         case Token.BodyEnd end -> out.println();
 *         case Token.Trailer trailer -> out.println(trailer.line());
 *         case Token.Eof end -> throw new AssertionError("seen above");
 *     }
 * }
 * }
 *
 * <p>The tokens of a response always come in this order:
 *
 * <pre>
 * Informational*  StatusLine  Header*  HeaderEnd  Body*  BodyEnd  Trailer*  Eof
 * </pre>
 *
 * <p>Tokens are immutable, except for the array of a {@link Body}.
 */
public sealed interface Token {
    /**
     * A whole head with a 1xx status that comes before the final response, such as 103 Early Hints (RFC 9110, section
     * 15.2).
     *
     * @param status  100 or 102 to 199
     * @param reason  the reason phrase; may be empty
     * @param headers its field lines
     */
    record Informational(int status, String reason, Headers headers) implements Token {}

    /**
     * The first line of the response.
     *
     * @param version the HTTP version in the status line
     * @param status  101 or 200 to 999
     * @param reason  the reason phrase; may be empty
     */
    record StatusLine(Version version, int status, String reason) implements Token {}

    /**
     * A field line of the response head.
     *
     * @param name  in its usual spelling, or as it was sent if {@link Httpipe.Builder#exactHeaderNames} is set
     * @param value without the spaces around it; may be empty
     * @param line  the whole line as it was sent, without the spaces at its end, and with spaces in place of line folds
     */
    record Header(String name, String value, String line) implements Token {}

    /** The end of the response head. */
    record HeaderEnd() implements Token {}

    /**
     * Some bytes of the body: those that had arrived, up to the chunk size of {@link Exchange#read()}. They need not be
     * a whole chunk of the server.
     *
     * @param data at least one byte; the caller may keep and change the array
     */
    @SuppressWarnings("ArrayRecordComponent") // an immutable value would need a copy of each chunk
    record Body(byte[] data) implements Token {}

    /** The end of the body. A response without a body has this token too. */
    record BodyEnd() implements Token {}

    /**
     * A field line of the trailer section.
     *
     * @param name  in its usual spelling, or as it was sent if {@link Httpipe.Builder#exactHeaderNames} is set
     * @param value without the spaces around it; may be empty
     * @param line  the whole line as it was sent, without the spaces at its end, and with spaces in place of line folds
     */
    record Trailer(String name, String value, String line) implements Token {}

    /** The end of the response. Each further {@link Exchange#read} returns it again. */
    record Eof() implements Token {}
}
