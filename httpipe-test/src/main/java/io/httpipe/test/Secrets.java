package io.httpipe.test;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
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

    /** Headers whose value is a URI. */
    private static final Set<String> URIS = Set.of("location", "content-location", "referer");

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
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("set-cookie")) {
            return cookie(value);
        }
        if (contains(name)) {
            return Transcript.MASK;
        }
        return URIS.contains(lower) ? uri(value) : value;
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

    /** Masks the user and password of a URI, and the secrets in its query and fragment. */
    String uri(String uri) {
        int end = end(uri, 0, "?#");
        String masked = uri.substring(0, end);
        // A relative reference may begin with the authority (RFC 3986, section 4.2).
        int authority = masked.startsWith("//") ? 0 : masked.indexOf("://") + 1;
        if (masked.startsWith("//", authority)) {
            int host = uri.lastIndexOf('@', end(uri, authority + 2, "/?#") - 1);
            if (host > authority) {
                masked = uri.substring(0, authority + 2) + Transcript.MASK + uri.substring(host, end);
            }
        }
        if (end == uri.length()) {
            return masked;
        }
        int fragment = end(uri, end, "#");
        if (end < fragment) {
            masked += "?" + pairs(uri.substring(end + 1, fragment));
        }
        return fragment == uri.length() ? masked : masked + "#" + fragment(uri.substring(fragment + 1));
    }

    /** Masks a fragment, which may be a query, or a path with a query. */
    private String fragment(String fragment) {
        int query = fragment.indexOf('?');
        return query < 0
                ? pairs(fragment)
                : pairs(fragment.substring(0, query)) + "?" + pairs(fragment.substring(query + 1));
    }

    /** Returns the index of the first of these characters, or the length of the text if there is none. */
    private static int end(String text, int from, String ends) {
        int end = from;
        while (end < text.length() && ends.indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    /** Masks the secret values of a query, or of a form in a body. */
    String pairs(String query) {
        StringJoiner masked = new StringJoiner("&");
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            boolean secret = equals >= 0 && contains(decoded(pair.substring(0, equals)));
            masked.add(secret ? pair.substring(0, equals + 1) + Transcript.MASK : pair);
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
