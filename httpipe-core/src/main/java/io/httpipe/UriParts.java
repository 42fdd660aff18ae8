package io.httpipe;

import org.jspecify.annotations.Nullable;

/**
 * The parts of an http or https URI, as {@link Httpipe#parseUri} finds them.
 *
 * @param scheme {@code http} or {@code https}
 * @param host   a name or IP literal in lower case, without brackets
 * @param port   the port given, else 80 or 443
 * @param path   starts with a slash; as it stands in the URI, encoded or not
 * @param query  as it stands in the URI, what follows the question mark; null if there is none
 */
public record UriParts(
        String scheme,
        String host,
        int port,
        String path,
        @Nullable String query) {}
