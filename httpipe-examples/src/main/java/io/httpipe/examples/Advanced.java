package io.httpipe.examples;

import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Pipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import io.httpipe.Timeouts;
import java.io.PrintStream;
import java.time.Duration;

/**
 * Pipes the body of a response into the next request. This is {@code /advanced} of the synopsis in the manual of
 * lua-resty-httpipe.
 */
final class Advanced {
    private Advanced() {}

    static void run(Httpipe hp, String base, PrintStream out) throws HttpipeException {
        out.print(request(hp, base).text());
    }

    static Response request(Httpipe hp, String base) throws HttpipeException {
        Timeouts timeouts = Timeouts.of(Duration.ofSeconds(5));
        try (StreamedResponse source = hp.stream(Request.get(base + "/echo").timeouts(timeouts))) {
            Pipe pipe = source.pipe().timeouts(timeouts);
            return pipe.request(Request.post(base + "/echo"));
        }
    }
}
