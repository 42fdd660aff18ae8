package io.httpipe.test.server;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Reads the requests of one connection, records them, and sends their answers. For the thread of the script. */
final class Connection {
    private static final byte[] CONTINUE = Text.latin("HTTP/1.1 100 Continue\r\n\r\n");

    private final ScriptedServer server;
    private final Link link;
    private final RequestReader reader;

    /** Whether an effect has ended the connection. */
    private boolean ended;

    Connection(ScriptedServer server, Link link, int maxHead, int maxBody) {
        this.server = server;
        this.link = link;
        this.reader = new RequestReader(link.in, maxHead, maxBody);
    }

    @Nullable
    String nextHead() throws IOException {
        byte[] bytes = reader.headBytes();
        if (bytes == null) {
            return null;
        }
        String head = Text.latin(bytes);
        server.received(head);
        return head;
    }

    @Nullable
    RecordedRequest nextRequest() throws IOException {
        RequestReader.Head head = reader.head();
        if (head == null) {
            return null;
        }
        int number = server.received(Text.latin(head.bytes()));
        return readBody(number, head, reader.new BodyReader(head));
    }

    private RecordedRequest readBody(int number, RequestReader.Head head, RequestReader.BodyReader body)
            throws IOException {
        try {
            body.requireSize();
            if (head.expectsContinue()) {
                link.out.write(CONTINUE);
            }
            body.upTo(Long.MAX_VALUE);
        } finally {
            // A request whose body is too large or ends early is recorded too.
            server.record(request(number, head, body));
        }
        return request(number, head, body);
    }

    private RecordedRequest request(int number, RequestReader.Head head, RequestReader.@Nullable BodyReader body) {
        SSLSession session = link.socket instanceof SSLSocket secured ? secured.getSession() : null;
        return new RecordedRequest(number, link.number, head, body, session, link.transcript::toString);
    }

    /** Answers requests until the client closes or an answer ends the connection. */
    void serve() throws InterruptedException {
        try {
            boolean more = true;
            while (more) {
                RequestReader.Head head = reader.head();
                more = head != null && serve(head);
            }
            if (!ended) {
                // Closing with unread bytes would reset the connection, and the client could lose the answer.
                link.halfClose();
                link.awaitClose();
            }
        } catch (RequestReader.BadRequestException e) {
            refuse(e.status, e);
        } catch (IOException e) {
            link.transcript.note("the connection has ended: " + e.getMessage());
        }
    }

    private boolean serve(RequestReader.Head head) throws IOException, InterruptedException {
        int number = server.received(Text.latin(head.bytes()));
        RequestReader.BodyReader body = reader.new BodyReader(head);
        Responder responder;
        @Nullable Answer early;
        @Nullable Encoded encoded;
        try {
            RecordedRequest request = request(number, head, null);
            responder = server.answers().find(request);
            early = responder.answerEarly(request);
            encoded = early == null ? null : Encoded.of(early, head.method());
        } catch (Exception | AssertionError e) {
            server.record(request(number, head, body));
            refuse(500, e);
            return false;
        }
        if (early != null && encoded != null) {
            return serveEarly(early, encoded, number, head, body);
        }
        RecordedRequest request = readBody(number, head, body);
        Answer answer;
        try {
            answer = responder.answer(request);
            encoded = Encoded.of(answer, head.method());
        } catch (Exception | AssertionError e) {
            refuse(500, e);
            return false;
        }
        return send(encoded) && head.keepsAlive() && !answer.closes();
    }

    private boolean serveEarly(
            Answer answer, Encoded encoded, int number, RequestReader.Head head, RequestReader.BodyReader body)
            throws IOException, InterruptedException {
        boolean open = false;
        boolean recorded = false;
        try {
            body.upTo(answer.earlyAfter);
            if (body.ended || encoded.endsConnection()) {
                // No more of the body is read. As soon as the client has the answer, a test must find the request.
                recorded = true;
                server.record(request(number, head, body));
            }
            open = send(encoded);
            if (open) {
                body.upTo(Long.MAX_VALUE);
            }
        } finally {
            if (!recorded) {
                server.record(request(number, head, body));
            }
        }
        return open && head.keepsAlive() && !answer.closes();
    }

    /** Makes the test fail, and tells the client why it gets no answer. */
    private void refuse(int status, Throwable cause) throws InterruptedException {
        if (server.isDueToClose(cause)) {
            return;
        }
        server.fail(link, cause);
        try {
            send(Encoded.of(
                    Answer.of(status, cause.getMessage() + "\n")
                            .header("Content-Type", "text/plain; charset=utf-8")
                            .header("Connection", "close"),
                    "GET"));
            link.halfClose();
            link.awaitClose();
        } catch (IOException e) {
            link.transcript.note("the client has closed");
        }
    }

    /** {@return false after an effect that ends the connection} */
    boolean send(Encoded answer) throws IOException, InterruptedException {
        byte[] bytes = answer.bytes();
        long rate = 0;
        int sent = 0;
        for (Encoded.Step step : answer.steps()) {
            write(bytes, sent, step.offset(), rate);
            sent = step.offset();
            switch (step.effect()) {
                case Effect.Delay delay -> pause(delay.duration().toNanos());
                case Effect.Throttle throttle -> rate = throttle.bytesPerSecond();
                case Effect.End end -> {
                    ended = true;
                    end(end);
                    return false;
                }
            }
        }
        write(bytes, sent, bytes.length, rate);
        return true;
    }

    private void write(byte[] bytes, int from, int to, long rate) throws IOException, InterruptedException {
        if (rate == 0) {
            if (from < to) {
                link.out.write(bytes, from, to - from);
            }
            return;
        }
        int piece = Math.clamp(rate / 20, 1, 1 << 16);
        long start = System.nanoTime();
        for (int at = from; at < to; at += piece) {
            int end = Math.min(piece, to - at) + at;
            // The time counts from the start, so that the delays of late pauses and writes do not add up.
            long due = TimeUnit.SECONDS.toNanos(end - from) / rate;
            pause(due - (System.nanoTime() - start));
            link.out.write(bytes, at, end - at);
        }
    }

    private void end(Effect.End end) throws IOException {
        link.transcript.note(end.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '));
        switch (end) {
            case CLOSE -> link.close();
            case CUT -> link.cut();
            case RESET -> link.reset();
            case HALF_CLOSE -> {
                link.halfClose();
                link.awaitClose();
            }
            case STALL -> link.awaitClose();
        }
    }

    /** Waits. Throws {@link InterruptedException} if the server closes meanwhile. */
    void pause(long nanos) throws InterruptedException {
        if (nanos > 0 && server.awaitClosed(nanos)) {
            throw new InterruptedException("the server has been closed");
        }
    }
}
