package io.httpipe.test.server;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Gives the fuzz targets access to the request parser of the scripted server. */
public final class ServerInternals {
    private ServerInternals() {}

    /**
     * Reads one request.
     *
     * @return method, target, version, headers, body and trailers; an empty list if the request is refused or
     *         incomplete
     */
    public static List<Object> request(InputStream in, int maxHead, int maxBody) {
        try {
            RequestReader reader = new RequestReader(in, maxHead, maxBody);
            RequestReader.Head head = reader.head();
            if (head == null) {
                return List.of();
            }
            RequestReader.BodyReader body = reader.new BodyReader(head);
            body.upTo(Long.MAX_VALUE);
            return List.of(
                    head.method(),
                    head.target(),
                    head.version(),
                    head.headers().stream().map(Header::toString).toList(),
                    body.content.toString(StandardCharsets.ISO_8859_1),
                    body.trailers.stream().map(Header::toString).toList());
        } catch (RequestReader.BadRequestException | EOFException e) {
            return List.of();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
