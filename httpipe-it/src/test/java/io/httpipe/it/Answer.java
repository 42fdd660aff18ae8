package io.httpipe.it;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.httpipe.Request;
import java.io.IOException;
import java.io.InputStream;

/** An answer to an upload, of {@link Node} or {@link Nginx}, and what is to be made of it in order to compare. */
enum Answer {
    ECHO("/echo"),
    EARLY("/early") {
        @Override
        String read(InputStream body) throws IOException {
            return text(body);
        }

        @Override
        String expected(String facts) {
            return "begun\n" + facts;
        }
    },
    ACCEPTED("/accepted") {
        @Override
        String read(InputStream body) throws IOException {
            return text(body);
        }

        @Override
        String expected(String facts) {
            return "accepted\n";
        }
    },

    /** That of nginx, which takes in the whole request before it begins. */
    NGINX("/body") {
        @Override
        Request post(int upload) {
            return Way.TCP.post("/body");
        }
    };

    private final String path;

    Answer(String path) {
        this.path = path;
    }

    Request post(int upload) {
        return Request.post(Node.uri(path + "?id=" + upload));
    }

    /** The facts of an echo, or the text. */
    String read(InputStream body) throws IOException {
        return Digits.sunk(body);
    }

    String expected(String facts) {
        return facts;
    }

    int status() {
        return this == ACCEPTED ? 202 : 200;
    }

    private static String text(InputStream body) throws IOException {
        return new String(body.readAllBytes(), US_ASCII);
    }
}
