package io.httpipe;

import org.jspecify.annotations.Nullable;

/**
 * The parts of an http or https URI, as {@link Httpipe#parseUri} returns them.
 *
 * {@snippet :
 * UriParts parts = Httpipe.parseUri("https://[::1]:8443/a?b=c"); // "https", "::1", 8443, "/a", "b=c"
 * }
 *
 * <p>Immutable and thread-safe.
 *
 * @param scheme {@code http} or {@code https}
 * @param host   a name or IP literal in lower case, without brackets
 * @param port   the port of the URI, or the default port 80 or 443
 * @param path   starts with a slash; spelled as in the URI, encoded or not
 * @param query  the text after the question mark, spelled as in the URI; null if there is no question mark
 */
public record UriParts(
        String scheme,
        String host,
        int port,
        String path,
        @Nullable String query) {}
