package io.httpipe.examples;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import java.io.PrintStream;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A thousand requests at once, each on a virtual thread of its own. */
final class FanOut {
    private static final int REQUESTS = 1000;

    private FanOut() {}

    static void run(Httpipe hp, String base, PrintStream out) throws InterruptedException, ExecutionException {
        Request request = Request.get(base + "/echo");
        Callable<Response> call = () -> hp.request(request);

        long start = System.nanoTime();
        List<Future<Response>> answers;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            answers = threads.invokeAll(Collections.nCopies(REQUESTS, call));
        }
        double seconds = (System.nanoTime() - start) / 1e9;

        int good = 0;
        int connections = 0;
        for (Future<Response> answer : answers) {
            Response response = answer.get();
            good += response.status() == 200 ? 1 : 0;
            connections += response.reusedTimes() == 0 ? 1 : 0;
        }
        out.printf(
                Locale.ROOT,
                "%,d answers with status 200 in %.2f s: %,.0f a second, over %,d connections%n",
                good,
                seconds,
                answers.size() / seconds,
                connections);
    }
}
