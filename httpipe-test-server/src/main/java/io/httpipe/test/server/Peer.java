package io.httpipe.test.server;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one connection, for a {@link Script}. For one thread at a time, except {@link #cut} and
 * {@link #reset}.
 */
public final class Peer {
    private final Link link;
    private final Connection connection;

    Peer(Link link, Connection connection) {
        this.link = link;
        this.connection = connection;
    }

    /** {@return the number of the connection, from 1} */
    public int connection() {
        return link.number;
    }

    /**
     * Returns the socket. The conversation does not contain the bytes that a script reads or writes on it directly.
     *
     * @return the socket, an {@link javax.net.ssl.SSLSocket} if the server uses TLS
     * @throws UnsupportedOperationException if this is a Unix socket
     */
    public Socket socket() {
        if (link.socket == null) {
            throw new UnsupportedOperationException("a Unix socket is not a java.net.Socket: use in() and out()");
        }
        return link.socket;
    }

    private Socket underlying() {
        if (link.underlying == null) {
            throw new UnsupportedOperationException("this connection is a Unix socket, not TCP");
        }
        return link.underlying;
    }

    /**
     * Reads a request head.
     *
     * @return the head in ISO 8859-1 with its empty line
     * @throws EOFException if the client closes instead, or within the head
     * @throws IOException if reading fails or the head is too long
     */
    public String head() throws IOException {
        String head = nextHead();
        if (head == null) {
            throw new EOFException("the client closed without another request");
        }
        return head;
    }

    /**
     * Reads a request head, if one comes.
     *
     * @return the head, or null if the client closes instead
     * @throws EOFException if the client closes within the head
     * @throws IOException if reading fails or the head is too long
     */
    public @Nullable String nextHead() throws IOException {
        return connection.nextHead();
    }

    /**
     * Reads and records a whole request. Sends {@code 100 Continue} if the request expects it.
     *
     * @return the request, which {@link ScriptedServer#takeRequest} returns too
     * @throws EOFException if the client closes instead, or within the request
     * @throws IOException if reading fails or the request is malformed
     */
    public RecordedRequest request() throws IOException {
        RecordedRequest request = nextRequest();
        if (request == null) {
            throw new EOFException("the client closed without another request");
        }
        return request;
    }

    /**
     * Reads and records a whole request, if one comes. Sends {@code 100 Continue} if the request expects it.
     *
     * @return the request, or null if the client closes instead
     * @throws EOFException if the client closes within the request
     * @throws IOException if reading fails or the request is malformed
     */
    public @Nullable RecordedRequest nextRequest() throws IOException {
        return connection.nextRequest();
    }

    /**
     * Reads bytes of a request body.
     *
     * @param length the number of bytes
     * @return the bytes in ISO 8859-1; fewer if the client closes
     * @throws IOException if reading fails
     */
    public String body(int length) throws IOException {
        return Text.latin(link.in.readNBytes(length));
    }

    /**
     * Returns a reader for the body of the request whose head was read last.
     *
     * @param head the head
     * @return the reader
     */
    public RequestBodyReader bodyOf(String head) {
        return new RequestBodyReader(head, link.in);
    }

    /** {@return the bytes that the client sends} */
    public InputStream in() {
        return link.in;
    }

    /** {@return the stream to which {@link #send} writes} */
    public OutputStream out() {
        return link.out;
    }

    /**
     * Reads one byte.
     *
     * @return the byte, or -1 if the client has closed
     * @throws IOException if reading fails
     */
    public int read() throws IOException {
        return link.in.read();
    }

    /**
     * Sends a text in ISO 8859-1.
     *
     * @param text the text, with its own line ends
     * @throws IOException if the client has closed
     */
    public void send(String text) throws IOException {
        send(Text.latin(text));
    }

    /**
     * Sends bytes.
     *
     * @param bytes the bytes
     * @throws IOException if the client has closed
     */
    public void send(byte[] bytes) throws IOException {
        link.out.write(bytes);
    }

    /**
     * Sends an answer with its effects.
     *
     * @param answer the answer to a GET
     * @return false after an effect that ends the connection; true otherwise
     * @throws IOException if the client has closed
     * @throws InterruptedException if the server closes during a delay
     */
    public boolean send(Answer answer) throws IOException, InterruptedException {
        return send(answer, "GET");
    }

    /** Sends the answer to a request with this method. {@return false after an effect that ends the connection} */
    boolean send(Answer answer, String method) throws IOException, InterruptedException {
        return connection.send(Encoded.of(answer, method));
    }

    /**
     * Answers requests with the routes, the queue and the function of the server, until the client closes or an answer
     * ends the connection.
     *
     * @throws InterruptedException if the server closes during a delay
     */
    public void serve() throws InterruptedException {
        connection.serve();
    }

    /**
     * Sends each byte separately, after a pause. Ends early if the client has closed.
     *
     * @param bytes the bytes
     * @param pauseMillis the pause before each, in milliseconds
     * @throws InterruptedException if the server closes
     */
    public void drip(byte[] bytes, long pauseMillis) throws InterruptedException {
        try {
            for (byte next : bytes) {
                connection.pause(pauseMillis * 1_000_000);
                link.out.write(next);
            }
        } catch (IOException e) {
            link.transcript.note("the client has closed");
        }
    }

    /** Closes the sending direction only. The client may still send. */
    public void end() {
        try {
            link.halfClose();
            link.transcript.note("half close");
        } catch (IOException e) {
            link.transcript.note("the client has closed");
        }
    }

    /**
     * Closes normally and returns when the client's TCP has acknowledged the close, after 10 s at the latest.
     *
     * @throws IOException if closing fails
     */
    public void closeAndAwaitAcknowledgement() throws IOException {
        underlying().setSoLinger(true, 10);
        socket().close();
    }

    /**
     * Sends bytes below TLS, without encryption.
     *
     * @param bytes the bytes
     * @throws IOException if the client has closed
     */
    public void sendBelow(byte[] bytes) throws IOException {
        underlying().getOutputStream().write(bytes);
    }

    /** Closes the socket without a TLS close_notify. */
    public void cut() {
        link.transcript.note("cut");
        link.cut();
    }

    /**
     * Closes with a TCP reset. A Unix socket has no reset; it is closed.
     *
     * @throws IOException if the socket is closed
     */
    public void reset() throws IOException {
        link.transcript.note("reset");
        link.reset();
    }

    /** Waits until the client has closed its side, and discards the bytes that the client still sends. */
    public void awaitClose() {
        link.awaitClose();
    }
}
