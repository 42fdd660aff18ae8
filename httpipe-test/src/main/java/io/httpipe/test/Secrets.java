package io.httpipe.test;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Masks the values of headers and query parameters whose names say that they are secret. Immutable. */
final class Secrets {
    static final Secrets DEFAULT = new Secrets(Set.of(
            "authorization",
            "cookie",
            "set-cookie",
            "x-api-key",
            "x-auth-token",
            "x-csrf-token",
            "x-amz-security-token",
            "x-amz-signature",
            "x-amz-credential",
            "access_token",
            "refresh_token",
            "id_token",
            "api_key",
            "apikey",
            "client_secret",
            "password",
            "secret",
            "sig",
            "signature",
            "token"));

    private final Set<String> names;

    private Secrets(Set<String> names) {
        this.names = names;
    }

    Secrets and(String... more) {
        Set<String> all = new TreeSet<>(names);
        for (String name : more) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("a name is empty");
            }
            all.add(name.toLowerCase(Locale.ROOT));
        }
        return new Secrets(all);
    }

    private boolean contains(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return names.contains(lower) || lower.startsWith("proxy-");
    }

    /** Masks the fields of a head. Control characters, which a transcript cannot hold, become question marks. */
    List<Map.Entry<String, String>> masked(Iterable<Map.Entry<String, String>> fields) {
        List<Map.Entry<String, String>> masked = new ArrayList<>();
        for (Map.Entry<String, String> field : fields) {
            masked.add(new SimpleImmutableEntry<>(field.getKey(), value(field.getKey(), oneLine(field.getValue()))));
        }
        return masked;
    }

    private String value(String name, String value) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "set-cookie" -> cookie(value);
            case "location", "content-location", "referer" -> uri(value);
            default -> contains(name) ? Transcript.MASK : value;
        };
    }

    /** Masks the value of a cookie, and keeps its name and attributes. */
    private static String cookie(String value) {
        int semicolon = value.indexOf(';');
        int equals = value.indexOf('=');
        boolean named = equals >= 0 && (semicolon < 0 || equals < semicolon);
        return (named ? value.substring(0, equals + 1) : "")
                + Transcript.MASK
                + (semicolon < 0 ? "" : value.substring(semicolon));
    }

    /** Masks user, password and query parameters of a URI. */
    String uri(String uri) {
        int scheme = uri.indexOf("://");
        String masked = uri;
        if (scheme >= 0) {
            int end = scheme + 3;
            while (end < uri.length() && "/?#".indexOf(uri.charAt(end)) < 0) {
                end++;
            }
            int at = uri.lastIndexOf('@', end - 1);
            if (at > scheme) {
                masked = uri.substring(0, scheme + 3) + Transcript.MASK + uri.substring(at);
            }
        }
        int query = masked.indexOf('?');
        if (query < 0) {
            return masked;
        }
        int fragment = masked.indexOf('#', query);
        return masked.substring(0, query + 1)
                + pairs(fragment < 0 ? masked.substring(query + 1) : masked.substring(query + 1, fragment))
                + (fragment < 0 ? "" : masked.substring(fragment));
    }

    /** Masks the values of a query, or of a form in a body. */
    String pairs(String query) {
        StringBuilder masked = new StringBuilder(query.length());
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            boolean secret = equals >= 0 && contains(decoded(pair.substring(0, equals)));
            masked.append(masked.isEmpty() ? "" : "&")
                    .append(secret ? pair.substring(0, equals + 1) + Transcript.MASK : pair);
        }
        return masked.toString();
    }

    private static String decoded(String name) {
        try {
            return URLDecoder.decode(name, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return name;
        }
    }

    static String oneLine(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> line.appendCodePoint(
                        c < ' ' && c != '\t' || c == 127 || c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE
                                ? '?'
                                : c));
        return line.toString();
    }
}
