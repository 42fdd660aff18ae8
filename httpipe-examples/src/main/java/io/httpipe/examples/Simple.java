package io.httpipe.examples;

import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Timeouts;
import java.io.PrintStream;
import java.time.Duration;

/** Reads a whole response into memory. This is {@code /simple} of the synopsis in the manual of lua-resty-httpipe. */
final class Simple {
    private Simple() {}

    static void run(Httpipe hp, String base, PrintStream out) throws HttpipeException {
        out.print(request(hp, base).text());
    }

    static Response request(Httpipe hp, String base) throws HttpipeException {
        return hp.request(Request.get(base + "/echo").timeouts(Timeouts.of(Duration.ofSeconds(5))));
    }
}
