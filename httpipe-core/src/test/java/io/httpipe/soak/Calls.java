package io.httpipe.soak;

import io.httpipe.Body;
import io.httpipe.ConnectOptions;
import io.httpipe.ConnectionLostException;
import io.httpipe.Exchange;
import io.httpipe.FanOut;
import io.httpipe.FanOutResults;
import io.httpipe.Headers;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Request;
import io.httpipe.RequestBodyException;
import io.httpipe.Response;
import io.httpipe.ResponseFilter;
import io.httpipe.StreamedResponse;
import io.httpipe.Token;
import io.httpipe.soak.SoakServer.Below;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;

/** Calls of each kind: made as the random numbers say, and judged by what the server was asked to do. */
final class Calls {
    private static final Kind[] BAD = {
        Kind.HEAD,
        Kind.HEAD,
        Kind.CHUNK,
        Kind.CHUNK,
        Kind.CUT,
        Kind.CUT,
        Kind.CUT,
        Kind.RESET,
        Kind.STALL,
        Kind.FLOOD,
        Kind.BOMB,
        Kind.ENDLESS,
        Kind.SWITCH,
        Kind.NO_TLS
    };

    private static final byte[] PIECE = new byte[16 * 1024];

    /** How many of them break an answer without any help of the client's. */
    private static final int BROKEN = 8;

    private final Soak soak;
    private final Httpipe hp;
    private final Tally tally;
    private final SplittableRandom random;
    private final String name;

    /** What was asked last. */
    private Question latest;

    Calls(Soak soak, SplittableRandom random, String name) {
        this.soak = soak;
        this.hp = soak.client();
        this.tally = soak.tally();
        this.random = random;
        this.name = name;
    }

    /** A call that ends or throws. */
    private interface Doing {
        void run() throws IOException;
    }

    private interface Permit {
        boolean test(HttpipeException e);
    }

    private void judge(Kind kind, Permit permit, Doing doing) throws IOException {
        String what = kind == Kind.GOOD ? name : name + " " + kind;
        try {
            doing.run();
        } catch (HttpipeException e) {
            if (!permit.test(e)) {
                throw new AssertionError("%s may not end so: %s".formatted(what, e), e);
            }
            // A server that has got a good request answers it, and the answer arrives.
            if (e instanceof ConnectionLostException
                    && kind == Kind.GOOD
                    && soak.server().arrivals(latest) > 0) {
                throw new AssertionError(what + ": the answer is lost, although it was sent", e);
            }
            tally.ended(what, e.getClass().getSimpleName().replace("Exception", ""));
            return;
        }
        if (!kind.answers()) {
            throw new AssertionError(what + ": it was taken for an answer");
        }
        tally.ended(what, "right");
    }

    private Question question(Kind kind, int most) {
        return new Question(kind, soak.nextId(), random.nextLong(), most);
    }

    private Below below() {
        int one = random.nextInt(10);
        return one < 6 ? Below.TCP : one < 9 ? Below.UNIX : Below.TLS;
    }

    private Below below(Kind kind) {
        return kind == Kind.NO_TLS ? Below.TLS : below();
    }

    private Request request(Below below, String method, Question question) {
        latest = question;
        Request request = soak.server().request(below, method, question);
        return switch (question.kind()) {
            case STALL -> request.timeouts(soak.patience().read(Duration.ofMillis(20 + random.nextInt(100))));
            case ENDLESS -> request.maxBodySize(random.nextInt(50_000));
            default -> random.nextInt(20) == 0 ? request.pool("some") : request;
        };
    }

    void plain(Terms terms) throws IOException {
        int one = random.nextInt(20);
        String method = one < 16 ? "GET" : one < 18 ? "HEAD" : one < 19 ? "DELETE" : "OPTIONS";
        Question question = question(Kind.GOOD, 2);
        Request request = request(below(), method, question);
        // Few connections, for which many wait; never while one is held already, lest they wait for each other.
        Httpipe client = random.nextInt(10) == 0 ? soak.tightClient() : hp;
        judge(
                Kind.GOOD,
                e -> terms.permit(e, Kind.GOOD, true),
                () -> new Check(question, tally).whole(method, client.request(request), 0));
    }

    void stream(Terms terms) throws IOException {
        Question question = question(Kind.GOOD, 2);
        Request request = request(below(), "GET", question);
        judge(Kind.GOOD, e -> terms.permit(e, Kind.GOOD, true), () -> stream(request, question));
    }

    private void stream(Request request, Question question) throws IOException {
        int size = 1 + random.nextInt(random.nextBoolean() ? 1_000 : 20_000);
        if (random.nextBoolean()) {
            try (StreamedResponse response = hp.stream(request)) {
                new Check(question, tally).stream(response, size);
            }
        } else {
            hp.stream(request, response -> {
                new Check(question, tally).stream(response, size);
                return null;
            });
        }
    }

    /** A stream that is closed somewhere. */
    void part(Terms terms) throws IOException {
        Question question = question(Kind.GOOD, 2);
        Request request = request(below(), "GET", question);
        judge(Kind.GOOD, e -> terms.permit(e, Kind.GOOD, true), () -> {
            Check check = new Check(question, tally);
            try (StreamedResponse response = hp.stream(request)) {
                check.head(response.status(), response.headers(), 0);
                for (int left = random.nextInt(4); left > 0; left--) {
                    byte[] piece = response.body().readChunk(1 + random.nextInt(10_000));
                    if (piece == null) {
                        return;
                    }
                    check.body(piece, piece.length);
                }
            }
        });
    }

    void upload(Terms terms) throws IOException {
        Kind kind = random.nextInt(30) == 0 ? Kind.RESET : Kind.GOOD;
        upload(kind, Plan.length(random), terms);
    }

    /** An upload that is answered before it is over. */
    void early(Terms terms) throws IOException {
        upload(random.nextInt(3) == 0 ? Kind.EARLY_CLOSE : Kind.EARLY, 150_000 + random.nextInt(1_000_000), terms);
    }

    private void upload(Kind kind, int length, Terms terms) throws IOException {
        String method = new String[] {"POST", "PUT", "PATCH"}[random.nextInt(3)];
        boolean replayable = random.nextBoolean();
        boolean repeatable = replayable && method.equals("PUT");
        Question question = question(kind, repeatable ? 2 : 1);
        Request request = request(below(), method, question).body(body(question, length, replayable));
        if (random.nextInt(8) == 0) {
            request = request.trailers(() -> Headers.of("X-Trailing-Sum", "1"));
        }
        if (kind == Kind.GOOD && random.nextInt(10) == 0) {
            // Where the server says nothing it gets the body after a moment.
            request = request.expectContinue(Duration.ofMillis(1 + random.nextInt(20)));
        }
        Request sent = request;
        judge(
                kind,
                e -> terms.permit(e, kind, repeatable) || kind == Kind.EARLY && canBeCut(e, question),
                () -> new Check(question, tally).whole(method, hp.request(sent), kind == Kind.GOOD ? length : -1));
        if (kind == Kind.GOOD && !repeatable && soak.server().arrivals(question) > 1) {
            throw new AssertionError(method + " has come twice");
        }
    }

    /** Where the sending had to be broken off, a close does not tell whether what it ends is whole. */
    private static boolean canBeCut(HttpipeException e, Question question) {
        return e instanceof ConnectionLostException && question.plan().canBeCutUnnoticed();
    }

    private Body body(Question question, int length, boolean replayable) {
        long seed = question.bodySeed();
        if (replayable) {
            return Body.of(Content.of(seed, length));
        }
        return switch (random.nextInt(5)) {
            case 0 -> Body.of(Content.stream(seed, length, Long.MAX_VALUE));
            case 1 -> Body.of(Content.stream(seed, length, Long.MAX_VALUE), length);
            case 2 -> Body.of(pieces(seed, length));
            case 3 -> Body.writing(out -> out.write(Content.of(seed, length)));
            default ->
                Body.writing(length, out -> {
                    byte[] whole = Content.of(seed, length);
                    int middle = length / 2;
                    out.write(whole, 0, middle);
                    out.flush();
                    out.write(whole, middle, length - middle);
                });
        };
    }

    private static Iterator<byte[]> pieces(long seed, int length) {
        byte[] whole = Content.of(seed, length);
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < length; at += 9_999) {
            pieces.add(Arrays.copyOfRange(whole, at, Math.min(length, at + 9_999)));
        }
        return pieces.iterator();
    }

    /** A body that fails, or is not as long as announced. */
    void brokenSource(Terms terms) throws IOException {
        Question question = question(Kind.GOOD, 1);
        int length = 1 + Plan.length(random);
        long breaksAt = random.nextInt(length);
        Body body = switch (random.nextInt(3)) {
            case 0 -> Body.of(Content.stream(question.bodySeed(), length, breaksAt));
            case 1 -> Body.of(Content.stream(question.bodySeed(), length, Long.MAX_VALUE), length + 1L);
            default -> Body.writing(length - 1L, out -> out.write(Content.of(question.bodySeed(), length)));
        };
        Request request = request(below(), "PUT", question).body(body);
        judge(Kind.GOOD, e -> e instanceof RequestBodyException || terms.permit(e, Kind.GOOD, false), () -> {
            hp.request(request);
            throw new AssertionError("a broken body was sent");
        });
    }

    /** From one response into the next request. */
    void pipe(Terms terms) throws IOException {
        Kind kind = random.nextInt(4) == 0 ? BAD[random.nextInt(BROKEN)] : Kind.GOOD;
        Question from = question(kind, 2);
        // What one gives the other takes.
        Question to = new Question(kind == Kind.GOOD ? kind : Kind.SINK, soak.nextId(), ~from.seed(), 1);
        Request source = request(below(), "GET", from);
        Request destination = request(below(), random.nextBoolean() ? "POST" : "PUT", to);
        judge(kind, e -> terms.permitPiped(e, kind), () -> {
            StreamedResponse response = hp.stream(source);
            if (kind == Kind.GOOD) {
                new Check(from, tally).head(response.status(), response.headers(), 0);
            }
            Response answer = response.pipe().request(destination);
            new Check(to, tally).whole("PUT", answer, from.plan().length());
        });
    }

    /** One request after another over a connection of its own. */
    void exchange(Terms terms) throws IOException {
        Below below = below();
        judge(Kind.GOOD, e -> terms.permit(e, Kind.GOOD, false), () -> {
            try (Exchange exchange = connect(below)) {
                for (int left = random.nextInt(4); left >= 0; left--) {
                    Question question = question(Kind.GOOD, 1);
                    if (left > 0 && !question.plan().keeps()) {
                        continue;
                    }
                    exchange.sendRequest(request(below, "GET", question));
                    if (random.nextInt(10) == 0) {
                        // Closed somewhere within.
                        exchange.read(1 + random.nextInt(1_000));
                        return;
                    }
                    read(exchange, question);
                }
                if (random.nextBoolean()) {
                    exchange.keepAlive();
                }
            }
        });
    }

    private Exchange connect(Below below) throws HttpipeException {
        Request somewhere = soak.server().request(below, "GET", question(Kind.GOOD, 0));
        if (below == Below.TLS && random.nextBoolean()) {
            return hp.connect(somewhere.endpoint(), ConnectOptions.DEFAULT.tls(soak.tls()));
        }
        Exchange exchange = hp.connect(somewhere.endpoint());
        if (below == Below.TLS) {
            boolean done = false;
            try {
                exchange.tlsHandshake();
                done = true;
            } finally {
                if (!done) {
                    exchange.close();
                }
            }
        }
        return exchange;
    }

    private void read(Exchange exchange, Question question) throws IOException {
        Check check = new Check(question, tally);
        switch (random.nextInt(3)) {
            case 0 -> check.whole("GET", exchange.readResponse(), 0);
            case 1 -> {
                ResponseFilter filter = ResponseFilter.ofHeader((status, headers) -> {
                            check.head(status, headers, 0);
                            return true;
                        })
                        .body(chunk -> {
                            check.body(chunk, chunk.length);
                            return true;
                        });
                check.end(exchange.readResponse(filter).trailers());
            }
            default -> readTokens(exchange, check);
        }
    }

    private void readTokens(Exchange exchange, Check check) throws IOException {
        int status = 0;
        List<String> head = new ArrayList<>();
        List<String> trailers = new ArrayList<>();
        int size = 1 + random.nextInt(10_000);
        while (true) {
            switch (exchange.read(size)) {
                case Token.Informational informational -> {}
                case Token.StatusLine line -> status = line.status();
                case Token.Header field -> head.addAll(List.of(field.name(), field.value()));
                case Token.HeaderEnd end -> check.head(status, Headers.of(head.toArray(String[]::new)), 0);
                case Token.Body body -> check.body(body.data(), body.data().length);
                case Token.BodyEnd end -> {}
                case Token.Trailer field -> trailers.addAll(List.of(field.name(), field.value()));
                case Token.Eof eof -> {
                    check.end(Headers.of(trailers.toArray(String[]::new)));
                    return;
                }
            }
        }
    }

    void fanOut(Terms terms) throws IOException {
        int count = 2 + random.nextInt(4);
        int way = random.nextInt(4);
        List<Question> questions = new ArrayList<>();
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Kind kind = way == 3 && random.nextInt(3) == 0 ? BAD[random.nextInt(BROKEN)] : Kind.GOOD;
            questions.add(question(kind, way == 2 ? 4 : 2));
            requests.add(request(below(), "GET", questions.get(i)));
        }
        FanOut fanOut = FanOut.over(hp);
        judge(Kind.GOOD, e -> terms.permit(e, Kind.GOOD, true), () -> {
            switch (way) {
                case 0 -> {
                    List<Response> responses = fanOut.all(requests);
                    for (int i = 0; i < count; i++) {
                        new Check(questions.get(i), tally).whole("GET", responses.get(i), 0);
                    }
                }
                case 1 -> {
                    Response first = fanOut.first(requests);
                    int which = questions.stream()
                            .map(Question::id)
                            .map(String::valueOf)
                            .toList()
                            .indexOf(first.headers().first("X-Id"));
                    new Check(questions.get(Math.max(0, which)), tally).whole("GET", first, 0);
                }
                case 2 -> {
                    Duration after = Duration.ofNanos(1 + random.nextInt(5_000_000));
                    new Check(questions.getFirst(), tally).whole("GET", fanOut.hedge(requests.getFirst(), after), 0);
                }
                default -> results(fanOut, requests, questions, terms);
            }
        });
    }

    private void results(FanOut fanOut, List<Request> requests, List<Question> questions, Terms terms)
            throws IOException {
        try (FanOutResults results = fanOut.results(requests)) {
            int left = random.nextInt(5) == 0 ? 1 : requests.size();
            while (left-- > 0 && results.hasNext()) {
                FanOutResults.Result result = results.next();
                Question question = questions.get(result.index());
                judge(
                        question.kind(),
                        e -> terms.permit(e, question.kind(), true),
                        () -> new Check(question, tally).whole("GET", result.orThrow(), 0));
            }
        }
    }

    /** What a server may not do, met in each of the ways of reading. */
    void bad(Terms terms) throws IOException {
        Kind kind = BAD[random.nextInt(BAD.length)];
        Below below = below(kind);
        Question question = question(kind, 2);
        Request request = request(below, "GET", question);
        int way = kind == Kind.SWITCH ? 0 : random.nextInt(3);
        judge(kind, e -> terms.permit(e, kind, way < 2), () -> {
            switch (way) {
                case 0 -> new Check(question, tally).whole("GET", hp.request(request), 0);
                case 1 -> {
                    try (StreamedResponse response = hp.stream(request)) {
                        response.body().transferTo(OutputStream.nullOutputStream());
                    }
                }
                default -> {
                    try (Exchange exchange = connect(below)) {
                        exchange.request(request);
                    }
                }
            }
        });
    }

    /** Octets that come while a connection is idle: they are not the answer to what is asked next. */
    void late(Terms terms) throws IOException {
        Below below = below();
        Question first = question(Kind.LATE, 2);
        String pool = "late " + first.id();
        CountDownLatch afterwards = soak.server().afterwards(first);
        judge(Kind.LATE, e -> terms.permit(e, Kind.LATE, true), () -> {
            Request request = request(below, "GET", first).pool(pool);
            new Check(first, tally).whole("GET", hp.request(request), 0);
        });
        try {
            afterwards.await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody knows this thread", e);
        }
        Question next = question(Kind.GOOD, 1);
        judge(Kind.GOOD, e -> terms.permit(e, Kind.GOOD, true), () -> {
            Request request = request(below, "POST", next).pool(pool);
            new Check(next, tally).whole("POST", hp.request(request), 0);
        });
    }

    /** A server that does not read what it is sent. */
    void deaf(Terms terms) throws IOException {
        Question question = question(Kind.DEAF, 1);
        Request request = request(below(), "POST", question)
                .body(Body.writing(out -> {
                    for (int left = 4_000; left > 0; left--) {
                        out.write(PIECE);
                    }
                }))
                .timeouts(soak.patience().send(Duration.ofMillis(20 + random.nextInt(100))));
        CountDownLatch givenUp = soak.server().givenUp(question);
        try {
            judge(Kind.DEAF, e -> terms.permit(e, Kind.DEAF, false), () -> hp.request(request));
        } finally {
            givenUp.countDown();
        }
    }

    /** No connection comes to be. */
    void noConnection(Terms terms) throws IOException {
        Question question = question(Kind.GOOD, 0);
        Request request = switch (random.nextInt(4)) {
            case 0 -> Request.get("http://127.0.0.1:1" + question.path());
            case 1 -> Request.get("http://nowhere.test" + question.path());
            case 2 -> Request.get("/").at(soak.noSocket());
            default ->
                soak.server()
                        .requestWithoutTls(question)
                        .timeouts(soak.patience().connect(Duration.ofMillis(100 + random.nextInt(200))));
        };
        judge(Kind.UNREACHABLE, e -> terms.permit(e, Kind.UNREACHABLE, true), () -> hp.request(request));
    }
}
