package io.httpipe.bench.clients;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The body of an upload.
 *
 * @param bytes     the content
 * @param file      a file with the same content, from which to send it; null to send it from memory
 * @param hasLength whether the request has a Content-Length; otherwise the body is sent in chunks
 */
@SuppressWarnings("ArrayRecordComponent") // two payloads are never compared
public record Payload(byte[] bytes, @Nullable Path file, boolean hasLength) {
    InputStream open() throws IOException {
        return file == null ? new ByteArrayInputStream(bytes) : Files.newInputStream(file);
    }
}
