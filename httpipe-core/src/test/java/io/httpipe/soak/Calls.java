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
import io.httpipe.Timeouts;
import io.httpipe.Token;
import io.httpipe.soak.SoakServer.Transport;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;

/** Makes random calls of each kind, and checks that each ends as its {@link RequestSpec} allows. */
final class Calls {
    private static final ServerBehaviour[] BAD = {
        ServerBehaviour.HEAD,
        ServerBehaviour.HEAD,
        ServerBehaviour.CHUNK,
        ServerBehaviour.CHUNK,
        ServerBehaviour.CUT,
        ServerBehaviour.CUT,
        ServerBehaviour.CUT,
        ServerBehaviour.FLOOD,
        ServerBehaviour.BOMB,
        ServerBehaviour.ENDLESS,
        ServerBehaviour.SWITCH,
        ServerBehaviour.NO_TLS
    };

    private static final byte[] PIECE = new byte[16 * 1024];

    /** How many elements at the start of {@link #BAD} break a response by themselves, whatever the client does. */
    private static final int BROKEN = 7;

    private final Soak soak;
    private final Httpipe hp;
    private final SoakCounters counters;
    private final SplittableRandom random;
    private final String name;

    /** The latest request. */
    private RequestSpec latest;

    Calls(Soak soak, SplittableRandom random, String name) {
        this.soak = soak;
        this.hp = soak.client();
        this.counters = soak.counters();
        this.random = random;
        this.name = name;
    }

    /** One or more calls; a failed call throws. */
    private interface Action {
        void run() throws IOException;
    }

    private interface ErrorCheck {
        boolean test(HttpipeException e);
    }

    private void judge(ServerBehaviour behaviour, ErrorCheck isAllowed, Action action) throws IOException {
        String what = behaviour == ServerBehaviour.GOOD ? name : name + " " + behaviour;
        try {
            action.run();
        } catch (HttpipeException e) {
            if (!isAllowed.test(e)) {
                throw new AssertionError("%s must not end with %s".formatted(what, e), e);
            }
            // The server answers every good request that arrives, and its response must arrive too.
            if (e instanceof ConnectionLostException
                    && behaviour == ServerBehaviour.GOOD
                    && soak.server().arrivals(latest) > 0) {
                throw new AssertionError(what + ": the response was sent but is lost", e);
            }
            counters.ended(what, e.getClass().getSimpleName().replace("Exception", ""));
            return;
        }
        if (!behaviour.answers()) {
            throw new AssertionError(what + ": was accepted as a response");
        }
        counters.ended(what, "right");
    }

    private void judge(ServerBehaviour behaviour, AllowedErrors allowed, boolean repeatable, Action action)
            throws IOException {
        judge(behaviour, e -> allowed.permits(e, behaviour, repeatable), action);
    }

    private RequestSpec spec(ServerBehaviour behaviour, int maxArrivals) {
        while (true) {
            RequestSpec spec = new RequestSpec(behaviour, soak.nextId(), random.nextLong(), maxArrivals);
            if (behaviour != ServerBehaviour.RELAYED || spec.response().canBeRelayed()) {
                return spec;
            }
        }
    }

    private Transport transport() {
        int one = random.nextInt(10);
        return one < 6 ? Transport.TCP : one < 9 ? Transport.UNIX : Transport.TLS;
    }

    private Transport transport(ServerBehaviour behaviour) {
        return behaviour == ServerBehaviour.NO_TLS ? Transport.TLS : transport();
    }

    private Request request(Transport transport, String method, RequestSpec spec) {
        latest = spec;
        Request request = soak.server().request(transport, method, spec);
        return switch (spec.behaviour()) {
            case RELAYED -> request.timeouts(Timeouts.of(Duration.ofMillis(50 + random.nextInt(400))));
            case ENDLESS -> request.maxBodySize(random.nextInt(50_000));
            default -> random.nextInt(20) == 0 ? request.pool("some") : request;
        };
    }

    void plain(AllowedErrors allowed) throws IOException {
        int one = random.nextInt(20);
        String method = one < 16 ? "GET" : one < 18 ? "HEAD" : one < 19 ? "DELETE" : "OPTIONS";
        RequestSpec spec = spec(ServerBehaviour.GOOD, 2);
        Request request = request(transport(), method, spec);
        // The calls of the tight client wait for its few connections. A call that already holds a connection must not
        // use this client, because that could cause a deadlock.
        Httpipe client = random.nextInt(10) == 0 ? soak.tightClient() : hp;
        judge(
                ServerBehaviour.GOOD,
                allowed,
                true,
                () -> new ResponseCheck(spec, counters).whole(method, client.request(request), 0));
    }

    void stream(AllowedErrors allowed) throws IOException {
        RequestSpec spec = spec(ServerBehaviour.GOOD, 2);
        Request request = request(transport(), "GET", spec);
        judge(ServerBehaviour.GOOD, allowed, true, () -> stream(request, spec));
    }

    private void stream(Request request, RequestSpec spec) throws IOException {
        int size = 1 + random.nextInt(random.nextBoolean() ? 1_000 : 20_000);
        if (random.nextBoolean()) {
            try (StreamedResponse response = hp.stream(request)) {
                new ResponseCheck(spec, counters).stream(response, size);
            }
        } else {
            hp.stream(request, response -> {
                new ResponseCheck(spec, counters).stream(response, size);
                return null;
            });
        }
    }

    /** A stream that is closed before or after its end. */
    void part(AllowedErrors allowed) throws IOException {
        RequestSpec spec = spec(ServerBehaviour.GOOD, 2);
        Request request = request(transport(), "GET", spec);
        judge(ServerBehaviour.GOOD, allowed, true, () -> {
            ResponseCheck check = new ResponseCheck(spec, counters);
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

    void upload(AllowedErrors allowed) throws IOException {
        upload(ServerBehaviour.GOOD, ResponseSpec.length(random), allowed);
    }

    /** An upload whose response comes before the upload has ended. */
    void early(AllowedErrors allowed) throws IOException {
        upload(
                random.nextInt(3) == 0 ? ServerBehaviour.EARLY_CLOSE : ServerBehaviour.EARLY,
                150_000 + random.nextInt(1_000_000),
                allowed);
    }

    private void upload(ServerBehaviour behaviour, int length, AllowedErrors allowed) throws IOException {
        String method = new String[] {"POST", "PUT", "PATCH"}[random.nextInt(3)];
        boolean replayable = random.nextBoolean();
        boolean repeatable = replayable && method.equals("PUT");
        RequestSpec spec = spec(behaviour, repeatable ? 2 : 1);
        Request request =
                request(transport(), method, spec).body(RandomBody.of(random, spec.bodySeed(), length, replayable));
        if (random.nextInt(8) == 0) {
            request = request.trailers(() -> Headers.of("X-Trailing-Sum", "1"));
        }
        if (behaviour == ServerBehaviour.GOOD && random.nextInt(10) == 0) {
            // If the server stays silent, the client sends the body after this time.
            request = request.expectContinue(Duration.ofMillis(1 + random.nextInt(20)));
        }
        Request sent = request;
        judge(
                behaviour,
                e -> allowed.permits(e, behaviour, repeatable)
                        || behaviour == ServerBehaviour.EARLY && canBeCut(e, spec),
                () -> new ResponseCheck(spec, counters)
                        .whole(method, hp.request(sent), behaviour.readsAll() ? length : -1));
        if (behaviour == ServerBehaviour.GOOD && !repeatable && soak.server().arrivals(spec) > 1) {
            throw new AssertionError(method + " has come twice");
        }
    }

    /** After a cut upload, the close that ends a response does not show whether the response is complete. */
    private static boolean canBeCut(HttpipeException e, RequestSpec spec) {
        return e instanceof ConnectionLostException && spec.response().canBeCutUnnoticed();
    }

    /** A request body that fails, or that is longer or shorter than announced. */
    void brokenSource(AllowedErrors allowed) throws IOException {
        RequestSpec spec = spec(ServerBehaviour.GOOD, 1);
        int length = 1 + ResponseSpec.length(random);
        long breaksAt = random.nextInt(length);
        Body body = switch (random.nextInt(3)) {
            case 0 -> Body.of(GeneratedBytes.stream(spec.bodySeed(), length, breaksAt));
            case 1 -> Body.of(GeneratedBytes.stream(spec.bodySeed(), length, Long.MAX_VALUE), length + 1L);
            default -> Body.writing(length - 1L, out -> out.write(GeneratedBytes.of(spec.bodySeed(), length)));
        };
        Request request = request(transport(), "PUT", spec).body(body);
        judge(
                ServerBehaviour.GOOD,
                e -> e instanceof RequestBodyException || allowed.permits(e, ServerBehaviour.GOOD, false),
                () -> {
                    hp.request(request);
                    throw new AssertionError("a broken body was sent");
                });
    }

    /** A pipe from one response into the next request. */
    void pipe(AllowedErrors allowed) throws IOException {
        ServerBehaviour behaviour = random.nextInt(4) == 0 ? BAD[random.nextInt(BROKEN)] : ServerBehaviour.GOOD;
        RequestSpec from = spec(behaviour, 2);
        // The second request sends the body of the first response.
        RequestSpec to = new RequestSpec(
                behaviour == ServerBehaviour.GOOD ? behaviour : ServerBehaviour.SINK, soak.nextId(), ~from.seed(), 1);
        Request source = request(transport(), "GET", from);
        Request destination = request(transport(), random.nextBoolean() ? "POST" : "PUT", to);
        judge(behaviour, e -> allowed.permitsPiped(e, behaviour), () -> {
            StreamedResponse response = hp.stream(source);
            if (behaviour == ServerBehaviour.GOOD) {
                new ResponseCheck(from, counters).head(response.status(), response.headers(), 0);
            }
            Response answer = response.pipe().request(destination);
            new ResponseCheck(to, counters).whole("PUT", answer, from.response().length());
        });
    }

    /** Several requests in turn over the connection of one exchange. */
    void exchange(AllowedErrors allowed) throws IOException {
        Transport transport = transport();
        judge(ServerBehaviour.GOOD, allowed, false, () -> {
            try (Exchange exchange = connect(transport)) {
                for (int left = random.nextInt(4); left >= 0; left--) {
                    RequestSpec spec = spec(ServerBehaviour.GOOD, 1);
                    if (left > 0 && !spec.response().keeps()) {
                        continue;
                    }
                    exchange.sendRequest(request(transport, "GET", spec));
                    if (random.nextInt(10) == 0) {
                        // Closes the exchange within a response.
                        exchange.read(1 + random.nextInt(1_000));
                        return;
                    }
                    read(exchange, spec);
                }
                if (random.nextBoolean()) {
                    exchange.keepAlive();
                }
            }
        });
    }

    private Exchange connect(Transport transport) throws HttpipeException {
        Request somewhere = soak.server().request(transport, "GET", spec(ServerBehaviour.GOOD, 0));
        if (transport == Transport.TLS && random.nextBoolean()) {
            return hp.connect(somewhere.endpoint(), ConnectOptions.DEFAULT.tls(soak.tls()));
        }
        Exchange exchange = hp.connect(somewhere.endpoint());
        if (transport == Transport.TLS) {
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

    private void read(Exchange exchange, RequestSpec spec) throws IOException {
        ResponseCheck check = new ResponseCheck(spec, counters);
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

    private void readTokens(Exchange exchange, ResponseCheck check) throws IOException {
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

    void fanOut(AllowedErrors allowed) throws IOException {
        int count = 2 + random.nextInt(4);
        int mode = random.nextInt(4);
        List<RequestSpec> specs = new ArrayList<>();
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerBehaviour behaviour =
                    mode == 3 && random.nextInt(3) == 0 ? BAD[random.nextInt(BROKEN)] : ServerBehaviour.GOOD;
            specs.add(spec(behaviour, mode == 2 ? 4 : 2));
            requests.add(request(transport(), "GET", specs.get(i)));
        }
        FanOut fanOut = FanOut.over(hp);
        judge(ServerBehaviour.GOOD, allowed, true, () -> {
            switch (mode) {
                case 0 -> {
                    List<Response> responses = fanOut.all(requests);
                    for (int i = 0; i < count; i++) {
                        new ResponseCheck(specs.get(i), counters).whole("GET", responses.get(i), 0);
                    }
                }
                case 1 -> {
                    Response first = fanOut.first(requests);
                    int index = specs.stream()
                            .map(RequestSpec::id)
                            .map(String::valueOf)
                            .toList()
                            .indexOf(first.headers().first("X-Id"));
                    new ResponseCheck(specs.get(Math.max(0, index)), counters).whole("GET", first, 0);
                }
                case 2 -> {
                    Duration after = Duration.ofNanos(1 + random.nextInt(5_000_000));
                    new ResponseCheck(specs.getFirst(), counters)
                            .whole("GET", fanOut.hedge(requests.getFirst(), after), 0);
                }
                default -> results(fanOut, requests, specs, allowed);
            }
        });
    }

    private void results(FanOut fanOut, List<Request> requests, List<RequestSpec> specs, AllowedErrors allowed)
            throws IOException {
        try (FanOutResults results = fanOut.results(requests)) {
            int left = random.nextInt(5) == 0 ? 1 : requests.size();
            while (left-- > 0 && results.hasNext()) {
                FanOutResults.Result result = results.next();
                RequestSpec spec = specs.get(result.index());
                judge(
                        spec.behaviour(),
                        allowed,
                        true,
                        () -> new ResponseCheck(spec, counters).whole("GET", result.orThrow(), 0));
            }
        }
    }

    /** A call through a relay. Its response arrives whole, or the call fails. */
    void relayed(AllowedErrors allowed) throws IOException {
        if (random.nextInt(4) == 0) {
            upload(ServerBehaviour.RELAYED, ResponseSpec.length(random), allowed);
            return;
        }
        RequestSpec spec = spec(ServerBehaviour.RELAYED, 2);
        Request request = request(transport(), "GET", spec);
        judge(ServerBehaviour.RELAYED, allowed, true, () -> stream(request, spec));
    }

    /** A bad response, read in one of three ways. */
    void bad(AllowedErrors allowed) throws IOException {
        ServerBehaviour behaviour = BAD[random.nextInt(BAD.length)];
        Transport transport = transport(behaviour);
        RequestSpec spec = spec(behaviour, 2);
        Request request = request(transport, "GET", spec);
        int mode = behaviour == ServerBehaviour.SWITCH ? 0 : random.nextInt(3);
        judge(behaviour, allowed, mode < 2, () -> {
            switch (mode) {
                case 0 -> new ResponseCheck(spec, counters).whole("GET", hp.request(request), 0);
                case 1 -> {
                    try (StreamedResponse response = hp.stream(request)) {
                        response.body().transferTo(OutputStream.nullOutputStream());
                    }
                }
                default -> {
                    try (Exchange exchange = connect(transport)) {
                        exchange.request(request);
                    }
                }
            }
        });
    }

    /** Bytes that arrive on an idle connection. They must not become the response to the next request. */
    void late(AllowedErrors allowed) throws IOException {
        Transport transport = transport();
        RequestSpec first = spec(ServerBehaviour.LATE, 2);
        String pool = "late " + first.id();
        CountDownLatch afterwards = soak.server().afterwards(first);
        judge(ServerBehaviour.LATE, allowed, true, () -> {
            Request request = request(transport, "GET", first).pool(pool);
            new ResponseCheck(first, counters).whole("GET", hp.request(request), 0);
        });
        try {
            afterwards.await();
        } catch (InterruptedException e) {
            throw new AssertionError("nothing interrupts this thread", e);
        }
        RequestSpec next = spec(ServerBehaviour.GOOD, 1);
        judge(ServerBehaviour.GOOD, allowed, true, () -> {
            Request request = request(transport, "POST", next).pool(pool);
            new ResponseCheck(next, counters).whole("POST", hp.request(request), 0);
        });
    }

    /** A server that does not read the request body. */
    void deaf(AllowedErrors allowed) throws IOException {
        RequestSpec spec = spec(ServerBehaviour.DEAF, 1);
        Request request = request(transport(), "POST", spec)
                .body(Body.writing(out -> {
                    for (int left = 4_000; left > 0; left--) {
                        out.write(PIECE);
                    }
                }))
                .timeouts(soak.timeouts().send(Duration.ofMillis(20 + random.nextInt(100))));
        CountDownLatch givenUp = soak.server().givenUp(spec);
        try {
            judge(ServerBehaviour.DEAF, allowed, false, () -> hp.request(request));
        } finally {
            givenUp.countDown();
        }
    }

    /** A call that gets no connection. */
    void noConnection(AllowedErrors allowed) throws IOException {
        RequestSpec spec = spec(ServerBehaviour.GOOD, 0);
        Request request = switch (random.nextInt(4)) {
            case 0 -> Request.get("http://127.0.0.1:1" + spec.path());
            case 1 -> Request.get("http://nowhere.test" + spec.path());
            case 2 -> Request.get("/").at(soak.noSocket());
            default ->
                soak.server()
                        .requestWithoutTls(spec)
                        .timeouts(soak.timeouts().connect(Duration.ofMillis(100 + random.nextInt(200))));
        };
        judge(ServerBehaviour.UNREACHABLE, allowed, true, () -> hp.request(request));
    }
}
