package io.httpipe.examples;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.RouteStats;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Sends a thousand requests at once, each on its own virtual thread, over at most 64 connections. */
final class FanOut {
    static final int REQUESTS = 1000;
    static final int MAX_OPEN = 64;

    private FanOut() {}

    static void run(String base, PrintStream out) throws InterruptedException, ExecutionException {
        try (Httpipe hp = Httpipe.builder().maxConnectionsPerRoute(MAX_OPEN).build()) {
            long start = System.nanoTime();
            List<Response> responses = sendAll(hp, base);
            double seconds = (System.nanoTime() - start) / 1e9;

            long ok = responses.stream()
                    .filter(response -> response.status() == 200)
                    .count();
            long opened = hp.stats().stream().mapToLong(RouteStats::opened).sum();
            long reused = hp.stats().stream().mapToLong(RouteStats::reused).sum();
            out.printf(
                    Locale.ROOT,
                    "%,d responses with status 200 in %.2f s: %,.0f per second%n",
                    ok,
                    seconds,
                    responses.size() / seconds);
            out.printf(Locale.ROOT, "%,d connections opened, reused %,d times%n", opened, reused);
        }
    }

    /** Sends all requests and waits for all responses. A request waits if all connections are in use. */
    static List<Response> sendAll(Httpipe hp, String base) throws InterruptedException, ExecutionException {
        Request request = Request.get(base + "/echo");
        Callable<Response> call = () -> hp.request(request);
        List<Future<Response>> futures;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            futures = threads.invokeAll(Collections.nCopies(REQUESTS, call));
        }
        List<Response> responses = new ArrayList<>();
        for (Future<Response> future : futures) {
            responses.add(future.get());
        }
        return responses;
    }
}
