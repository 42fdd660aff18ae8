package io.httpipe.internal.policy;

import java.io.IOException;

/** Fetches a new bearer token. */
@FunctionalInterface
public interface TokenFetcher {
    BearerToken fetch() throws IOException;
}
