package io.httpipe.bench.clients;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a client is told before its turn.
 *
 * @param connections how many threads will use it at once, each of which is to find its connection kept
 * @param limit       how many connections it may open at most; 0 for no limit
 * @param trust       the authority that signed the server's certificate, in PEM; null without TLS
 * @param unixSocket  where to connect to, whatever the URI says; null for TCP
 */
public record Setup(
        int connections,
        int limit,
        @Nullable Path trust,
        @Nullable Path unixSocket) {}
