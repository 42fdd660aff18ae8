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
 * @param bytes   what is sent
 * @param file    has the same content, and is what is sent; null for one that comes from memory
 * @param counted whether its length is told beforehand; else it goes out in chunks
 */
@SuppressWarnings("ArrayRecordComponent") // two payloads are never compared
public record Payload(byte[] bytes, @Nullable Path file, boolean counted) {
    InputStream open() throws IOException {
        return file == null ? new ByteArrayInputStream(bytes) : Files.newInputStream(file);
    }
}
