package io.httpipe;

/**
 * One piece of a response, as {@link Exchange#read} gives them.
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
 * <p>The order, however the body is framed:
 *
 * <pre>
 * Informational*  StatusLine  Header*  HeaderEnd  Body*  BodyEnd  Trailer*  Eof
 * </pre>
 */
public sealed interface Token {
    /**
     * A whole head of status 1xx that comes before the response proper, such as 103 Early Hints.
     *
     * @param status  100 to 199
     * @param reason  the reason phrase, perhaps empty
     * @param headers its field lines
     */
    record Informational(int status, String reason, Headers headers) implements Token {}

    /**
     * The first line of the response.
     *
     * @param version what the server speaks
     * @param status  200 to 999, or 101
     * @param reason  the reason phrase, perhaps empty
     */
    record StatusLine(Version version, int status, String reason) implements Token {}

    /**
     * A field line of the head.
     *
     * @param name  in its usual spelling, or as it was sent, by {@link Httpipe.Builder#exactHeaderNames}
     * @param value without the blanks around it, perhaps empty
     * @param line  the whole line as it was sent, but for blanks at its end, and with blanks where it was folded
     */
    record Header(String name, String value, String line) implements Token {}

    /** The end of the head. */
    record HeaderEnd() implements Token {}

    /**
     * Some bytes of the body, as many as had arrived.
     *
     * @param data at least one byte; nobody else holds the array
     */
    @SuppressWarnings("ArrayRecordComponent") // copying each chunk of a body to make it a value would serve nobody
    record Body(byte[] data) implements Token {}

    /** The end of the body, be there one or not. */
    record BodyEnd() implements Token {}

    /**
     * A field line of the trailer section.
     *
     * @param name  in its usual spelling, or as it was sent, by {@link Httpipe.Builder#exactHeaderNames}
     * @param value without the blanks around it, perhaps empty
     * @param line  the whole line as it was sent, but for blanks at its end, and with blanks where it was folded
     */
    record Trailer(String name, String value, String line) implements Token {}

    /** The end of the response, given again however often it is asked for. */
    record Eof() implements Token {}
}
