package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Clients of the tests: raw bytes over a socket, and that of the JDK. */
final class Wire {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** What a client got, and how the connection ended. */
    record Received(String text, String end) {}

    private Wire() {}

    /** Sends these bytes and reads until the server closes. The client closes its sending direction after the bytes. */
    static String exchange(ScriptedServer server, String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    /** Sends these bytes and reads until the server closes, or until nothing comes for a while. */
    static Received receive(ScriptedServer server, String request, int patienceMillis) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(patienceMillis);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            String end = end(socket.getInputStream(), received);
            return new Received(received.toString(StandardCharsets.ISO_8859_1), end);
        }
    }

    private static String end(InputStream in, ByteArrayOutputStream received) {
        try {
            for (int next = in.read(); next >= 0; next = in.read()) {
                received.write(next);
            }
            return "close";
        } catch (java.net.SocketTimeoutException e) {
            return "silence";
        } catch (IOException e) {
            return "reset";
        }
    }

    static HttpResponse<String> get(String uri) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString());
    }

    static HttpResponse<String> post(String uri, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** {@return the message of the error with which closing the server fails} */
    static String failureOf(ScriptedServer server) {
        return String.valueOf(assertThrows(AssertionError.class, server::close).getMessage());
    }
}
