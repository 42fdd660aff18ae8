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
            body.upTo(Long.MAX_VALUE);
        } finally {
            // A body that breaks off is recorded too.
            server.record(request(number, head, body));
        }
        return request(number, head, body);
    }

    private RecordedRequest request(int number, RequestReader.Head head, RequestReader.@Nullable BodyReader body) {
        SSLSession session = link.socket instanceof SSLSocket secured ? secured.getSession() : null;
        return new RecordedRequest(number, link.number, head, body, session, link.transcript::toString);
    }

    /** Answers requests until the client closes or an answer ends the connection. */
    void serve() throws Exception {
        boolean more = true;
        while (more) {
            try {
                RequestReader.Head head = reader.head();
                more = head != null && serve(head);
            } catch (RequestReader.BadRequestException e) {
                refuse(e.status, String.valueOf(e.getMessage()));
                throw e;
            } catch (IOException e) {
                link.transcript.note("the connection has ended: " + e.getMessage());
                return;
            }
        }
    }

    private boolean serve(RequestReader.Head head) throws Exception {
        int number = server.received(Text.latin(head.bytes()));
        RecordedRequest request = request(number, head, null);
        Answer answer;
        RequestReader.BodyReader body = reader.new BodyReader(head);
        try {
            Responder responder = server.answers().find(request);
            Answer early = responder.answerEarly(request);
            if (early != null) {
                return serveEarly(early, number, head, body);
            }
            if (head.expectsContinue()) {
                link.out.write(CONTINUE);
            }
            request = readBody(number, head, body);
            answer = responder.answer(request);
        } catch (IOException e) {
            throw e;
        } catch (Exception | AssertionError e) {
            if (!body.ended) {
                server.record(request(number, head, body));
            }
            refuse(500, String.valueOf(e.getMessage()));
            throw e;
        }
        return send(answer, head.method()) && head.keepsAlive() && !answer.closes();
    }

    private boolean serveEarly(Answer answer, int number, RequestReader.Head head, RequestReader.BodyReader body)
            throws IOException, InterruptedException {
        boolean open = false;
        try {
            body.upTo(answer.earlyAfter);
            open = send(answer, head.method());
            if (open) {
                body.upTo(Long.MAX_VALUE);
            }
        } finally {
            server.record(request(number, head, body));
        }
        return open && head.keepsAlive() && !answer.closes();
    }

    /** Tells the client why it gets no answer. */
    private void refuse(int status, String why) {
        try {
            send(
                    Answer.of(status, why + "\n")
                            .header("Content-Type", "text/plain; charset=utf-8")
                            .header("Connection", "close"),
                    "GET");
            link.halfClose();
        } catch (IOException | InterruptedException e) {
            link.transcript.note("the client has closed");
        }
    }

    /** {@return whether the connection can go on} */
    boolean send(Answer answer, String method) throws IOException, InterruptedException {
        Encoded encoded = Encoded.of(answer, method);
        byte[] bytes = encoded.bytes();
        long rate = 0;
        int sent = 0;
        for (Encoded.Step step : encoded.steps()) {
            write(bytes, sent, step.offset(), rate);
            sent = step.offset();
            switch (step.effect()) {
                case Effect.Delay delay -> pause(delay.duration().toNanos());
                case Effect.Throttle throttle -> rate = throttle.bytesPerSecond();
                case Effect.End end -> {
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
        for (int at = from; at < to; at += piece) {
            int length = Math.min(piece, to - at);
            pause(TimeUnit.SECONDS.toNanos(length) / rate);
            link.out.write(bytes, at, length);
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

    /** Waits, and ends early if the server closes. */
    void pause(long nanos) throws InterruptedException {
        if (nanos > 0 && server.awaitClosed(nanos)) {
            throw new InterruptedException("the server has been closed");
        }
    }
}
