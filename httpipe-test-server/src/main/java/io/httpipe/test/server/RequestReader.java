package io.httpipe.test.server;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests (RFC 9112) from a stream. It refuses requests that two servers could interpret differently, and
 * requests that exceed its limits.
 */
final class RequestReader {
    /** A request that breaks the rules or a limit. */
    static final class BadRequestException extends IOException {
        private static final long serialVersionUID = 1;

        /** The status of the answer. */
        final int status;

        BadRequestException(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    /**
     * A request head.
     *
     * @param bytes the head as received, with its empty line
     * @param length the length of the body; -1 if it is chunked
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Head(byte[] bytes, String method, String target, String version, List<Header> headers, long length) {
        boolean hasBody() {
            return length != 0;
        }

        @Nullable
        String header(String name) {
            for (Header header : headers) {
                if (header.is(name)) {
                    return header.value();
                }
            }
            return null;
        }

        boolean expectsContinue() {
            return version.equals("HTTP/1.1") && hasBody() && "100-continue".equalsIgnoreCase(header("Expect"));
        }

        boolean keepsAlive() {
            String connection = header("Connection");
            String tokens = connection == null ? "" : connection.toLowerCase(Locale.ROOT);
            return version.equals("HTTP/1.0") ? tokens.contains("keep-alive") : !tokens.contains("close");
        }
    }

    private static final int LINE = 4 << 10;

    private final InputStream in;
    private final int maxHead;
    private final int maxBody;

    RequestReader(InputStream in, int maxHead, int maxBody) {
        this.in = in;
        this.maxHead = maxHead;
        this.maxBody = maxBody;
    }

    /**
     * Reads the bytes of a head with its empty line: the head of a request, or of a response that a proxy passes on.
     *
     * @return null if the sender closes before the first byte
     * @throws EOFException if the sender closes within the head
     */
    static byte @Nullable [] headBytes(InputStream in, int max) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (int last = 0; last != 0x0d0a0d0a; ) {
            int next = head.size() == 0 ? firstByte(in) : in.read();
            if (next < 0) {
                if (head.size() == 0) {
                    return null;
                }
                throw new EOFException(
                        "the sender closed within a head: " + Text.quote(Text.latin(head.toByteArray())));
            }
            head.write(next);
            last = last << 8 | next;
            if (head.size() > max) {
                throw new BadRequestException(
                        431,
                        "the head of this message is longer than " + max + " bytes: "
                                + Text.quote(Text.latin(head.toByteArray())));
            }
        }
        return head.toByteArray();
    }

    /** Treats a reset before a head as a close: a client that closes with unread bytes sends a reset. */
    private static int firstByte(InputStream in) throws IOException {
        try {
            return in.read();
        } catch (java.net.SocketException e) {
            return -1;
        }
    }

    /** {@return the bytes of the next head, or null if the client has closed} */
    byte @Nullable [] headBytes() throws IOException {
        return headBytes(in, maxHead);
    }

    /** {@return the next head, or null if the client has closed} */
    @Nullable
    Head head() throws IOException {
        byte[] bytes = headBytes();
        return bytes == null ? null : parse(bytes);
    }

    /** Parses a head that ends with an empty line. */
    static Head parse(byte[] bytes) throws BadRequestException {
        String[] lines = Text.latin(bytes).split("\r\n", -1);
        String[] start = lines[0].split(" ", -1);
        if (start.length != 3 || !Header.isToken(start[0]) || !isTarget(start[1])) {
            throw bad("not a request line", lines[0]);
        }
        if (!start[2].equals("HTTP/1.1") && !start[2].equals("HTTP/1.0")) {
            throw new BadRequestException(505, "not HTTP/1.1: \"" + Text.quote(lines[0]) + "\"");
        }
        List<Header> headers = fields(lines, 1);
        return new Head(bytes, start[0], start[1], start[2], headers, length(headers));
    }

    private static boolean isTarget(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c != 127);
    }

    private static List<Header> fields(String[] lines, int from) throws BadRequestException {
        List<Header> headers = new ArrayList<>();
        for (int i = from; i < lines.length && !lines[i].isEmpty(); i++) {
            int colon = lines[i].indexOf(':');
            if (colon < 0 || !Header.isToken(lines[i].substring(0, colon))) {
                throw bad("not a header line", lines[i]);
            }
            String value = lines[i].substring(colon + 1);
            if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0 || value.indexOf(0) >= 0) {
                throw bad("a header value with CR, LF or NUL", lines[i]);
            }
            headers.add(new Header(lines[i].substring(0, colon), trim(value)));
        }
        return headers;
    }

    private static String trim(String value) {
        int start = 0;
        int end = value.length();
        while (start < end && isBlank(value.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(value.charAt(end - 1))) {
            end--;
        }
        return value.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static long length(List<Header> headers) throws BadRequestException {
        String length = null;
        String encoding = null;
        for (Header header : headers) {
            if (header.is("Content-Length")) {
                if (length != null && !length.equals(header.value())) {
                    throw bad("two values of Content-Length", length + ", " + header.value());
                }
                length = header.value();
            } else if (header.is("Transfer-Encoding")) {
                encoding = encoding == null ? header.value() : encoding + ", " + header.value();
            }
        }
        if (encoding != null) {
            if (length != null) {
                throw bad("both Content-Length and Transfer-Encoding", encoding);
            }
            if (!encoding.equalsIgnoreCase("chunked")) {
                throw new BadRequestException(501, "not a known Transfer-Encoding: \"" + Text.quote(encoding) + "\"");
            }
            return -1;
        }
        if (length == null) {
            return 0;
        }
        if (length.length() > 18 || length.isEmpty() || !length.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw bad("not a Content-Length", length);
        }
        return Long.parseLong(length);
    }

    private static BadRequestException bad(String what, String text) {
        return new BadRequestException(400, what + ": \"" + Text.quote(text) + "\"");
    }

    /** Reads the body of one request, piece by piece. After an error, the bytes that arrived before are still there. */
    final class BodyReader {
        final ByteArrayOutputStream content = new ByteArrayOutputStream();
        final List<Header> trailers = new ArrayList<>();

        /** The body as received, with its framing. */
        final ByteArrayOutputStream raw = new ByteArrayOutputStream();

        private final boolean chunked;
        private final byte[] piece = new byte[8 << 10];
        private long left;
        boolean ended;

        BodyReader(Head head) {
            chunked = head.length < 0;
            left = Math.max(head.length, 0);
            ended = head.length == 0;
        }

        /** Refuses a body whose {@code Content-Length} is too large, before it is read. */
        void requireSize() throws BadRequestException {
            if (left > maxBody) {
                throw tooLarge();
            }
        }

        /** Reads until at least this many bytes of the content have arrived, or until the body ends. */
        void upTo(long count) throws IOException {
            requireSize();
            while (!ended && content.size() < count) {
                next();
            }
        }

        private void next() throws IOException {
            if (chunked && left == 0) {
                left = chunkSize(line());
                if (left > maxBody - content.size()) {
                    throw tooLarge();
                }
                if (left == 0) {
                    trailers();
                    ended = true;
                    return;
                }
            }
            int read = in.read(piece, 0, (int) Math.min(left, piece.length));
            if (read < 0) {
                throw new EOFException("the client closed after " + content.size() + " bytes of its body");
            }
            content.write(piece, 0, read);
            raw.write(piece, 0, read);
            left -= read;
            if (left == 0) {
                if (!chunked) {
                    ended = true;
                } else if (!line().isEmpty()) {
                    throw bad("a chunk longer than its size", "byte " + content.size());
                }
            }
        }

        private BadRequestException tooLarge() {
            return new BadRequestException(
                    413, "the body of the request is larger than " + maxBody + " bytes; maxBody(..) raises the limit");
        }

        private long chunkSize(String line) throws BadRequestException {
            int end = 0;
            while (end < line.length() && Character.digit(line.charAt(end), 16) >= 0 && line.charAt(end) < 128) {
                end++;
            }
            String rest = trim(line.substring(end));
            if (end == 0 || end > 15 || !rest.isEmpty() && rest.charAt(0) != ';') {
                throw bad("not a chunk size", line);
            }
            return Long.parseLong(line, 0, end, 16);
        }

        private void trailers() throws IOException {
            List<String> lines = new ArrayList<>();
            int size = 0;
            for (String line = line(); !line.isEmpty(); line = line()) {
                size += line.length();
                if (size > maxHead) {
                    throw new BadRequestException(431, "the trailers are longer than " + maxHead + " bytes");
                }
                lines.add(line);
            }
            trailers.addAll(fields(lines.toArray(String[]::new), 0));
        }

        /** {@return the next line without its CR LF} */
        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = read(); next != '\r'; next = read()) {
                line.append((char) next);
                if (next == '\n') {
                    throw bad("a LF without CR in a chunked body", line.toString());
                }
                if (line.length() > LINE) {
                    throw bad("a line of a chunked body longer than " + LINE + " bytes", line.toString());
                }
            }
            int end = read();
            if (end != '\n') {
                throw bad("a CR without LF in a chunked body", line.toString());
            }
            return line.toString();
        }

        private int read() throws IOException {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the client closed within its chunked body");
            }
            raw.write(next);
            return next;
        }
    }
}
