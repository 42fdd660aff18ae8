package io.httpipe.internal.policy;

import java.io.IOException;

/** Gets a bearer token from where tokens are issued. */
@FunctionalInterface
public interface TokenFetcher {
    BearerToken fetch() throws IOException;
}
