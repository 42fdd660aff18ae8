package io.httpipe.internal.policy;

import io.httpipe.internal.wire.SetCookie;
import io.httpipe.internal.wire.UriParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Saves cookies to a file and reads them back: one JSON object on each line, in ASCII, with its members in a fixed
 * order. An error about a line gives the number of the line, and does not show the value of the cookie. An object of
 * this class parses one line.
 */
public final class CookieFile {
    /** The longest possible line is shorter, even if each character is escaped. */
    private static final int MAX_LINE = 65_536;

    private static final String HEX = "0123456789abcdef";

    private static final String EXPIRES = ",\"expires\":\"";

    private final String line;
    private int at;

    private CookieFile(String line) {
        this.line = line;
    }

    /** Writes a temporary file that only its owner may read, in the same directory. Moves it to {@code file}. */
    public static void write(Path file, List<StoredCookie> cookies) throws IOException {
        StringBuilder text = new StringBuilder();
        for (StoredCookie cookie : cookies) {
            text.append(format(cookie)).append('\n');
        }
        ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
        Path target = file.toAbsolutePath();
        Path written = Files.createTempFile(target.getParent(), ".cookies", ".tmp");
        try {
            try (FileChannel out = FileChannel.open(written, StandardOpenOption.WRITE)) {
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(written);
        }
    }

    /**
     * Returns the cookies of a file.
     *
     * @param now the current time in milliseconds since 1970
     * @throws IOException if a line is malformed, or if there are too many
     */
    public static List<StoredCookie> read(Path file, long now) throws IOException {
        List<StoredCookie> cookies = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            for (int c = in.read(); c >= 0; c = in.read()) {
                if (c == '\n' && cookies.size() < CookieJar.MAX) {
                    cookies.add(parse(line.toString(), now));
                    line.setLength(0);
                } else if (c == '\n') {
                    throw new IllegalArgumentException("there are more than 3000 cookies");
                } else if (line.length() == MAX_LINE) {
                    throw new IllegalArgumentException("it is too long");
                } else {
                    line.append((char) c);
                }
            }
            if (!line.isEmpty()) {
                throw new IllegalArgumentException("it does not end with a line feed");
            }
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ", line " + (cookies.size() + 1) + ": " + e.getMessage(), e);
        }
        return cookies;
    }

    static String format(StoredCookie cookie) {
        StringBuilder text = new StringBuilder();
        quote(text.append("{\"name\":\""), cookie.name);
        quote(text.append(",\"value\":\""), cookie.value);
        quote(text.append(",\"domain\":\""), cookie.domain);
        text.append(",\"hostOnly\":").append(cookie.hostOnly);
        quote(text.append(",\"path\":\""), cookie.path);
        if (cookie.expires != SetCookie.SESSION) {
            quote(text.append(EXPIRES), Instant.ofEpochMilli(cookie.expires).toString());
        }
        text.append(",\"secure\":").append(cookie.secure);
        text.append(",\"httpOnly\":").append(cookie.httpOnly);
        quote(text.append(",\"sameSite\":\""), cookie.sameSite);
        return text.append('}').toString();
    }

    /** Appends a value and its closing quote. */
    private static void quote(StringBuilder text, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7f) {
                text.append(c);
            } else {
                text.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            }
        }
        text.append('"');
    }

    /**
     * Parses one line.
     *
     * @throws IllegalArgumentException if it is malformed, or if its cookie could not have come from a server
     */
    static StoredCookie parse(String line, long now) {
        return new CookieFile(line).cookie(now);
    }

    private StoredCookie cookie(long now) {
        String name = string("{\"name\":\"");
        String value = string(",\"value\":\"");
        String domain = UriParser.host("domain", string(",\"domain\":\""));
        boolean hostOnly = flag(",\"hostOnly\":");
        String path = string(",\"path\":\"");
        long expires = line.startsWith(EXPIRES, at) ? time(string(EXPIRES), now) : SetCookie.SESSION;
        boolean secure = flag(",\"secure\":");
        boolean httpOnly = flag(",\"httpOnly\":");
        String sameSite = string(",\"sameSite\":\"");
        expect("}");
        // A server can set only a cookie that can be written as the value of Set-Cookie.
        SetCookie set = SetCookie.parse(name + "=" + value + ";path=" + path + ";samesite=" + sameSite, now);
        if (at < line.length()
                || set.refusal() != null
                || !set.name().equals(name)
                || !set.value().equals(value)
                || path.isEmpty()
                || !path.equals(set.path())
                || !sameSite.equals(set.sameSite())
                || !domain.equals(domain.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException("no server can set such a cookie");
        }
        return new StoredCookie(name, value, domain, hostOnly, path, expires, secure, httpOnly, sameSite);
    }

    private static long time(String text, long now) {
        try {
            return SetCookie.limited(Instant.parse(text).toEpochMilli(), now);
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException("expires is not a time", e);
        }
    }

    private boolean flag(String start) {
        expect(start);
        boolean isTrue = line.startsWith("true", at);
        expect(isTrue ? "true" : "false");
        return isTrue;
    }

    /** Reads this start, whose last character is an opening quote. Returns the string up to the closing quote. */
    private String string(String start) {
        expect(start);
        StringBuilder text = new StringBuilder();
        for (char c = next(); c != '"'; c = next()) {
            text.append(c == '\\' ? escaped(next()) : c);
        }
        return text.toString();
    }

    /** Returns the character of an escape sequence. The parameter is the character after the backslash. */
    private char escaped(char c) {
        if (c == '"' || c == '\\') {
            return c;
        }
        if (c != 'u' || next() != '0' || next() != '0') {
            throw malformed();
        }
        int high = HEX.indexOf(next());
        int low = HEX.indexOf(next());
        if (high < 0 || low < 0) {
            throw malformed();
        }
        return (char) (high * 16 + low);
    }

    private char next() {
        char c = at == line.length() ? '\n' : line.charAt(at);
        if (c < ' ' || c > '~') {
            throw malformed();
        }
        at++;
        return c;
    }

    private void expect(String text) {
        if (!line.startsWith(text, at)) {
            throw malformed();
        }
        at += text.length();
    }

    private IllegalArgumentException malformed() {
        return new IllegalArgumentException("it is malformed after column " + at);
    }
}
