package io.httpipe.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * The parts of an http or https URI.
 *
 * @param scheme   {@code http} or {@code https}
 * @param host     a name or IP literal in lower case, without brackets
 * @param port     the port given, otherwise 80 or 443
 * @param path     starts with a slash; empty only in the base URI of a client, if that URI has no path or only a slash
 * @param query    the text after the question mark; null if there is none
 * @param fragment the text after the number sign, never sent; null if there is none
 */
public record ParsedUri(
        String scheme,
        String host,
        int port,
        String path,
        @Nullable String query,
        @Nullable String fragment) {
    public boolean secure() {
        return scheme.equals("https");
    }
}
