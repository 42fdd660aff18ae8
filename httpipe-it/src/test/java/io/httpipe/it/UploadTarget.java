package io.httpipe.it;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.httpipe.Request;
import java.io.IOException;
import java.io.InputStream;

/** A path of {@link Node} or {@link Nginx} to upload to, and its expected response. */
enum UploadTarget {
    ECHO("/echo"),
    EARLY("/early") {
        @Override
        String read(InputStream body) throws IOException {
            return text(body);
        }

        @Override
        String expected(String lengthAndMd5) {
            return "begun\n" + lengthAndMd5;
        }
    },
    ACCEPTED("/accepted") {
        @Override
        String read(InputStream body) throws IOException {
            return text(body);
        }

        @Override
        String expected(String lengthAndMd5) {
            return "accepted\n";
        }
    },

    /** nginx, which reads the whole request before it responds. */
    NGINX("/body") {
        @Override
        Request post(int upload) {
            return Transport.TCP.post("/body");
        }
    };

    private final String path;

    UploadTarget(String path) {
        this.path = path;
    }

    Request post(int upload) {
        return Request.post(Node.uri(path + "?id=" + upload));
    }

    /** Reads the response: the length and MD5 of an echo, or the text. */
    String read(InputStream body) throws IOException {
        return DigitBody.lengthAndMd5(body);
    }

    String expected(String lengthAndMd5) {
        return lengthAndMd5;
    }

    int status() {
        return this == ACCEPTED ? 202 : 200;
    }

    private static String text(InputStream body) throws IOException {
        return new String(body.readAllBytes(), US_ASCII);
    }
}
