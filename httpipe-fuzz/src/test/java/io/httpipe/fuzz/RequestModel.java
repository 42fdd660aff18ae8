package io.httpipe.fuzz;

import io.httpipe.Body;
import io.httpipe.Headers;
import io.httpipe.Request;
import io.httpipe.UriParts;
import io.httpipe.Version;
import io.httpipe.fuzz.ReferenceRequestParser.ParsedRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Predicts the request that a script builds, without using the client's code. */
final class RequestModel {
    private static final Pattern TOKEN = Pattern.compile(ReferenceHeadParser.TOKEN);
    private static final Pattern MANAGED = Pattern.compile("(?i)content[-_]length|transfer[-_]encoding|expect");
    private static final Pattern VALUE = Pattern.compile("[\\t -~\\x80-\\xff]*");
    private static final Pattern LONE_SURROGATE = Pattern.compile("[\\ud800-\\udfff]");
    private static final Pattern NOT_IN_TRAILERS = Pattern.compile(
            "(?i)(?:proxy[-_])?(?:authorization|connection)|content[-_](?:encoding|length|range|type)|cookie|expect|host"
                    + "|keep[-_]alive|te|trailer|transfer[-_]encoding|upgrade");

    /** A list of Connection options that names none of the fields a proxy must keep. */
    private static final Pattern CONNECTION_OPTIONS = Pattern.compile("O(?:,O)*"
            .replace("O", "[ \\t]*(?!(?i:content-length|transfer-encoding|host|expect)[ \\t]*(?:,|\\z))(?:T)?[ \\t]*")
            .replace("T", ReferenceHeadParser.TOKEN));

    private String method = "";
    private @Nullable UriParts origin;
    private String path = "/";
    private @Nullable String query;

    private final List<GivenField> headers = new ArrayList<>();

    private final Set<String> suppressed = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final List<GivenField> trailers = new ArrayList<>();

    /** Whether the client sends all names as they were given. */
    private boolean exactNames;

    private boolean version10;
    private @Nullable String body;
    private boolean bodyLengthUnknown;

    /**
     * A field that the caller gave.
     *
     * @param exact whether the name is sent as it was given
     */
    private record GivenField(String name, String value, boolean exact) {}

    /** Starts with a method and a URI. Returns false if the client must refuse them. */
    boolean begin(String name, String uri) {
        method = name.toUpperCase(Locale.ROOT);
        if (uri.startsWith("/")) {
            String[] target = ReferenceUriParser.parseTarget(uri);
            if (target != null) {
                path = ReferenceUriParser.encode(target[0]);
                query = target[1] == null ? null : ReferenceUriParser.encode(target[1]);
            }
            return isToken(name) && !method.equals("CONNECT") && target != null;
        }
        origin = ReferenceUriParser.parse(uri);
        if (origin != null) {
            path = ReferenceUriParser.encode(origin.path());
            query = origin.query() == null ? null : ReferenceUriParser.encode(origin.query());
        }
        return isToken(name) && !method.equals("CONNECT") && origin != null;
    }

    boolean hasOrigin() {
        return origin != null;
    }

    /** Applies one step to the request and to this model. Returns null if the step is unknown or must be refused. */
    @Nullable
    Request step(String line, Request request) {
        String[] words = line.split(" ", 2);
        String rest = words.length < 2 ? "" : words[1];
        String[] pair = rest.split(" ", 2);
        String key = pair[0];
        String second = pair.length < 2 ? "" : pair[1];
        int colon = rest.indexOf(':');
        String name = colon < 0 ? rest : rest.substring(0, colon);
        String value = colon < 0 ? "" : rest.substring(colon + 1);
        boolean field = isToken(name) && VALUE.matcher(value).matches();
        boolean settable = field && !isManaged(name) && isAllowedValue(name, trim(value));
        return switch (words[0]) {
            case "path" ->
                apply(
                        ReferenceUriParser.isPath(rest),
                        () -> request.path(rest),
                        () -> path = withSlash(ReferenceUriParser.encode(rest)));
            case "rawpath" ->
                apply(ReferenceUriParser.isRawPath(rest), () -> request.rawPath(rest), () -> path = withSlash(rest));
            case "segment" ->
                apply(
                        isEncodable(rest) && !rest.isEmpty() && !rest.equals(".") && !rest.equals(".."),
                        () -> request.segment(rest),
                        () -> path += (path.endsWith("/") ? "" : "/") + ReferenceUriParser.encodeSegment(rest));
            case "query" ->
                apply(ReferenceUriParser.isQuery(rest.replace("#", "")), () -> request.uri("/q?" + rest), () -> {
                    path = "/q";
                    query = ReferenceUriParser.encode(rest.split("#", 2)[0]);
                });
            case "rawquery" ->
                apply(ReferenceUriParser.isRawQuery(rest), () -> request.rawQuery(rest), () -> setQuery(rest));
            case "pair" ->
                apply(
                        isEncodable(rest),
                        () -> request.query(key, second),
                        () -> addQuery(encode(key) + "=" + encode(second)));
            case "flag" -> apply(isEncodable(rest), () -> request.queryFlag(rest), () -> addQuery(encode(rest)));
            case "header" -> apply(settable, () -> request.header(name, value), () -> set(name, false, value));
            case "exact" -> apply(settable, () -> request.exactHeader(name, value), () -> set(name, true, value));
            case "exactnames" -> apply(true, () -> request, () -> exactNames = true);
            case "add" ->
                apply(settable, () -> request.addHeader(name, value), () -> {
                    if (name.equalsIgnoreCase("Host")) {
                        set(name, false, value);
                    } else {
                        headers.add(new GivenField(name, value, false));
                    }
                });
            case "none" ->
                apply(
                        isToken(rest) && !isManaged(rest) && !rest.equalsIgnoreCase("Host"),
                        () -> request.withoutHeader(rest),
                        () -> {
                            headers.removeIf(h -> h.name().equalsIgnoreCase(rest));
                            suppressed.add(rest);
                        });
            case "version10" -> apply(true, () -> request.version(Version.HTTP_1_0), () -> version10 = true);
            case "body" -> apply(allowsBody(), () -> request.body(rest), () -> setBody(rest, false));
            case "chunks" -> apply(allowsBody(), () -> request.body(bodyInPieces(rest)), () -> setBody(rest, true));
            case "trailer" ->
                apply(
                        field,
                        () -> trailer(request, name, value),
                        () -> trailers.add(new GivenField(name, value, false)));
            default -> null;
        };
    }

    private static @Nullable Request apply(boolean valid, RequestFuzzTarget.RequestStep step, Runnable update) {
        Request next = RequestFuzzTarget.step(valid, step);
        if (next != null) {
            update.run();
        }
        return next;
    }

    private static boolean isToken(String name) {
        return TOKEN.matcher(name).matches();
    }

    private static boolean isManaged(String name) {
        return MANAGED.matcher(name).matches();
    }

    /** Whether a field that describes the request itself has an allowed value (docs/requests.md). */
    private static boolean isAllowedValue(String name, String value) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "host" -> value.isEmpty() || ReferenceUriParser.isAuthority(value);
            case "te" -> value.equalsIgnoreCase("trailers");
            case "connection" -> CONNECTION_OPTIONS.matcher(value).matches();
            default -> true;
        };
    }

    private static boolean isEncodable(String text) {
        return !LONE_SURROGATE.matcher(text).find();
    }

    private static String withSlash(String text) {
        return text.startsWith("/") ? text : "/" + text;
    }

    private void setQuery(String text) {
        String bare = text.startsWith("?") ? text.substring(1) : text;
        query = bare.isEmpty() ? null : bare;
    }

    private void set(String name, boolean exact, String value) {
        headers.removeIf(h -> h.name().equalsIgnoreCase(name));
        headers.add(new GivenField(name, value, exact));
        suppressed.remove(name);
    }

    private void addQuery(String pair) {
        query = query == null || query.isEmpty() ? pair : query + "&" + pair;
        // An empty flag alone does not make a query.
        query = query.isEmpty() ? null : query;
    }

    /** RFC 9110, section 9.3.8: a client must not send content in a TRACE request. */
    private boolean allowsBody() {
        return !method.equals("TRACE");
    }

    private void setBody(String text, boolean lengthUnknown) {
        body = text;
        bodyLengthUnknown = lengthUnknown;
    }

    /** A body of unknown length. Its first half is written with one write, the rest byte by byte. */
    private static Body bodyInPieces(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Body.writing(out -> {
            int half = bytes.length / 2;
            out.write(bytes, 0, half);
            for (int i = half; i < bytes.length; i++) {
                out.write(bytes[i]);
            }
        });
    }

    /** Percent-encodes a text like encodeURIComponent of browsers (RFC 3986, section 2.1). */
    private static String encode(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            String c = String.valueOf((char) (b & 0xff));
            encoded.append(c.matches("[A-Za-z0-9._~!'()*-]") ? c : "%%%02X".formatted(b & 0xff));
        }
        return encoded.toString();
    }

    /**
     * Adds a trailer field, and checks it now. The client calls the supplier of all trailers when it sends the request.
     */
    private Request trailer(Request request, String name, String value) {
        Headers.of(name, value);
        return request.trailers(() -> Headers.of(
                trailers.stream().flatMap(t -> Stream.of(t.name(), t.value())).toArray(String[]::new)));
    }

    boolean exactNames() {
        return exactNames;
    }

    /** Whether the client can send the request. */
    boolean sendable() {
        boolean chunked = body != null && (bodyLengthUnknown || !trailers.isEmpty());
        return !chunked
                || !version10
                        && trailers.stream()
                                .noneMatch(
                                        t -> NOT_IN_TRAILERS.matcher(t.name()).matches());
    }

    /** The request that the server must receive. */
    ParsedRequest expected() {
        List<String> fields = new ArrayList<>();
        List<String> otherLines = new ArrayList<>();
        String host = "h";
        if (origin != null) {
            String name = origin.host().contains(":") ? "[" + origin.host() + "]" : origin.host();
            int standard = origin.scheme().equals("http") ? 80 : 443;
            host = origin.port() == standard ? name : name + ":" + origin.port();
        }
        String hostLine = "Host: " + host;
        for (GivenField header : headers) {
            if (header.name().equalsIgnoreCase("Host")) {
                hostLine = line(header);
            } else {
                otherLines.add(line(header));
            }
        }
        fields.add(hostLine);
        fields.addAll(otherLines);
        addDefault(fields, "User-Agent", "httpipe/0.1");
        addDefault(fields, "Accept", "*/*");
        if (version10) {
            addDefault(fields, "Connection", "keep-alive");
        }
        List<String> options =
                Stream.of("TE", "Upgrade").filter(this::lacksOption).toList();
        if (!options.isEmpty()) {
            fields.add("Connection: " + String.join(", ", options));
        }
        byte[] bytes = (body == null ? "" : body).getBytes(StandardCharsets.UTF_8);
        boolean chunked = body != null && (bodyLengthUnknown || !trailers.isEmpty());
        if (chunked) {
            fields.add("Transfer-Encoding: chunked");
        } else if (body != null || method.matches("POST|PUT|PATCH")) {
            fields.add("Content-Length: " + bytes.length);
        }
        String target = query == null ? path : path + "?" + query;
        return new ParsedRequest(
                method,
                Bytes.latin1(target.getBytes(StandardCharsets.UTF_8)),
                version10 ? 0 : 1,
                fields,
                Bytes.latin1(bytes),
                chunked ? trailers.stream().map(this::line).toList() : List.of());
    }

    /** Whether the request has this header, but no Connection option for it (RFC 9110, sections 7.8 and 10.1.4). */
    private boolean lacksOption(String name) {
        return headers.stream().anyMatch(h -> h.name().equalsIgnoreCase(name))
                && headers.stream()
                        .filter(h -> h.name().equalsIgnoreCase("Connection"))
                        .flatMap(h -> Arrays.stream(h.value().split(",")))
                        .noneMatch(option -> trim(option).equalsIgnoreCase(name));
    }

    private void addDefault(List<String> fields, String name, String value) {
        if (!suppressed.contains(name)
                && headers.stream().noneMatch(h -> h.name().equalsIgnoreCase(name))) {
            fields.add(name + ": " + value);
        }
    }

    private String line(GivenField header) {
        boolean exact = exactNames || header.exact();
        return (exact ? header.name() : ReferenceFieldNames.normalize(header.name())) + ": " + trim(header.value());
    }

    private static String trim(String value) {
        return value.replaceAll("^[ \\t]+|[ \\t]+$", "");
    }
}
