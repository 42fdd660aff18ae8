package io.httpipe.test;

import io.httpipe.test.server.RecordedRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Compares requests with the request of a transcript. */
final class RequestPattern {
    private final Transcript transcript;

    RequestPattern(Transcript transcript) {
        this.transcript = transcript;
    }

    /**
     * The differences between a request and a transcript.
     *
     * @param distance a larger number means a worse match
     */
    record Differences(int distance, List<String> texts) {
        boolean isEmpty() {
            return texts.isEmpty();
        }

        @Override
        public String toString() {
            return String.join(", and ", texts);
        }
    }

    Differences differences(RecordedRequest request) throws IOException {
        int distance = 0;
        List<String> texts = new ArrayList<>();
        if (!request.method().equals(transcript.method())) {
            distance += 4;
            texts.add("its method is " + transcript.method());
        }
        String[] recorded = split(transcript.target());
        String[] actual = split(target(request));
        if (!recorded[0].equals(actual[0])) {
            distance += 3 + distance(recorded[0].split("/", -1), actual[0].split("/", -1));
            texts.add("its path is " + recorded[0]);
        }
        if (!pairsMatch(recorded[1], actual[1])) {
            distance += 1 + distance(recorded[1].split("&", -1), actual[1].split("&", -1));
            texts.add(recorded[1].isEmpty() ? "it has no query" : "its query is " + recorded[1]);
        }
        // A body is read only if the rest matches or differs little.
        if (distance < 4) {
            String body = bodyDifference(request);
            if (body != null) {
                distance++;
                texts.add(body);
            }
        }
        return new Differences(distance, texts);
    }

    /** Percent-encodes all characters of a URI that are not visible ASCII characters, in UTF-8. */
    static String ascii(String uri) {
        return encoded(latin(uri.getBytes(StandardCharsets.UTF_8)));
    }

    /** Percent-encodes the bytes of a text in ISO 8859-1 that are not visible ASCII characters. */
    private static String encoded(String bytes) {
        StringBuilder encoded = new StringBuilder(bytes.length());
        for (int i = 0; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            encoded.append(c > ' ' && c < 127 ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
        }
        return encoded.toString();
    }

    private static String target(RecordedRequest request) {
        String target = encoded(request.target());
        int scheme = target.indexOf("://");
        if (target.startsWith("/") || scheme < 0) {
            return target;
        }
        // The absolute form of a request to a proxy.
        String path = target.substring(scheme + 3).replaceFirst("^[^/?]*", "");
        return path.startsWith("/") ? path : "/" + path;
    }

    /** Returns the path and the query, both with normalized percent-encoding. */
    private static String[] split(String target) {
        int query = target.indexOf('?');
        return new String[] {
            normalized(query < 0 ? target : target.substring(0, query)),
            query < 0 ? "" : normalized(target.substring(query + 1))
        };
    }

    /** Decodes characters that need no encoding, and writes the other codes in upper case (RFC 3986, section 6.2.2). */
    private static String normalized(String text) {
        return Pattern.compile("%[0-9A-Fa-f]{2}").matcher(text).replaceAll(match -> {
            char c = (char) Integer.parseInt(match.group().substring(1), 16);
            boolean plain =
                    c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._~*".indexOf(c) >= 0;
            return plain
                    ? Matcher.quoteReplacement(String.valueOf(c))
                    : match.group().toUpperCase(Locale.ROOT);
        });
    }

    private static int distance(String[] recorded, String[] actual) {
        int distance = Math.abs(recorded.length - actual.length);
        for (int i = 0; i < Math.min(recorded.length, actual.length); i++) {
            distance += recorded[i].equals(actual[i]) ? 0 : 1;
        }
        return distance;
    }

    private static boolean pairsMatch(String recorded, String actual) {
        return pairsMatch(recorded, actual, false);
    }

    /** Compares the pairs of queries or forms. If the recorded form is partial, the other one may have more pairs. */
    private static boolean pairsMatch(String recorded, String actual, boolean partial) {
        String[] patterns = recorded.split("&", -1);
        String[] pairs = actual.split("&", -1);
        if (partial ? patterns.length > pairs.length : patterns.length != pairs.length) {
            return false;
        }
        for (int i = 0; i < patterns.length; i++) {
            boolean masked = patterns[i].endsWith("=" + Transcript.MASK);
            String name = patterns[i].substring(0, masked ? patterns[i].length() - Transcript.MASK.length() : 0);
            String start = masked ? name : patterns[i];
            boolean open = masked || partial && i == patterns.length - 1;
            if (!(open ? pairs[i].startsWith(start) : pairs[i].equals(start))) {
                return false;
            }
        }
        return true;
    }

    private @Nullable String bodyDifference(RecordedRequest request) throws IOException {
        Path file = transcript.requestBody();
        byte[] recorded = file == null ? new byte[0] : Files.readAllBytes(file);
        byte[] actual = request.body();
        int at = Arrays.mismatch(recorded, actual);
        boolean partial = transcript.partial();
        if (at < 0 || partial && at == recorded.length) {
            return null;
        }
        String type = request.header("Content-Type");
        if (type != null) {
            String text = latin(actual);
            if (type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded")
                    && pairsMatch(normalized(latin(recorded)), normalized(text), partial)) {
                return null;
            }
            if (type.toLowerCase(Locale.ROOT).startsWith("multipart/")
                    && multipartMatches(latin(recorded), text, partial)) {
                return null;
            }
        }
        return "its body has %d bytes, the body of the request has %d, and the first difference is at byte %d"
                .formatted(recorded.length, actual.length, at);
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static boolean multipartMatches(String recorded, String actual, boolean partial) {
        String start = withoutBoundary(recorded);
        String whole = withoutBoundary(actual);
        return partial ? whole.startsWith(start) : whole.equals(start);
    }

    /** Removes the boundary of a multipart body. The first line consists of two hyphens and the boundary. */
    private static String withoutBoundary(String body) {
        int end = body.indexOf("\r\n");
        return end > 2 && body.startsWith("--") ? body.replace(body.substring(0, end), "--") : body;
    }
}
