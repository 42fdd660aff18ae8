package io.httpipe.internal.wire;

/**
 * The origin of a URI: its scheme, host and port (RFC 9110, section 4.3.1). A secret, such as a password, is bound to
 * one or more origins.
 *
 * @param secure whether the scheme is https
 * @param host   a name or IP literal in lower case, without brackets
 * @param port   never 0: the default port of the scheme if the URI has none
 */
public record Origin(boolean secure, String host, int port) {
    /** Returns the origin of a URI. */
    public static Origin of(ParsedUri uri) {
        return new Origin(uri.secure(), uri.host(), uri.port());
    }

    /**
     * Parses the text of an origin: an http or https URI with neither a query nor a fragment. Its path is empty or a
     * slash.
     *
     * @param argument the name of the text in error messages; a message about an invalid URI names it {@code uri}
     */
    public static Origin parse(String argument, String text) {
        ParsedUri uri = UriParser.parse(Arguments.notNull(argument, text));
        if (!uri.path().equals("/") || uri.query() != null || uri.fragment() != null) {
            throw new IllegalArgumentException("%s: an origin has only a scheme, a host and a port, such as %s"
                    .formatted(argument, UriParser.origin(uri.scheme(), uri.host(), uri.port())));
        }
        return of(uri);
    }

    /** Returns the origin as text, without the default port of its scheme. */
    @Override
    public String toString() {
        return UriParser.origin(secure ? "https" : "http", host, port);
    }
}
