package io.httpipe.examples;

import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Timeouts;
import java.io.PrintStream;
import java.time.Duration;

/** One request, its whole response in memory: {@code /simple} of the manual's synopsis. */
final class Simple {
    private Simple() {}

    static void run(Httpipe hp, String base, PrintStream out) throws HttpipeException {
        Response response = hp.request(Request.get(base + "/echo").timeouts(Timeouts.of(Duration.ofSeconds(5))));

        // The body alone, and not a byte more. Were this an answer to somebody else, it would have a head of its own:
        // Connection, Transfer-Encoding and the like are about one connection and must not be copied to another.
        out.print(response.text());
    }
}
