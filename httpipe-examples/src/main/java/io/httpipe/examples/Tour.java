package io.httpipe.examples;

import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import java.io.PrintStream;

/**
 * Shows what the client does, one sample after another, each a class of its own.
 *
 * <p>Without an argument it runs against an {@link EchoServer} that it starts; with a URL, such as
 * {@code http://127.0.0.1:9090}, against the server there, which must answer {@code /echo} as the manual's does.
 */
public final class Tour {
    private Tour() {}

    /**
     * Runs all samples.
     *
     * @param args nothing, or a URL
     * @throws Exception whatever a sample has thrown
     */
    public static void main(String[] args) throws Exception {
        try {
            if (args.length == 0) {
                try (EchoServer server = EchoServer.start()) {
                    run(server.base(), System.out);
                }
            } else {
                run(args[0], System.out);
            }
        } catch (HttpipeException | IllegalArgumentException e) {
            System.err.println("Tour: " + e.getMessage());
            System.exit(1);
        }
    }

    static void run(String url, PrintStream out) throws Exception {
        String base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        try (Httpipe hp = Httpipe.create()) {
            title(out, "Simple: one request, which " + base + " echoes");
            Simple.run(hp, base, out);

            title(out, "Generic: the same response, token by token");
            Generic.run(hp, base, out);

            title(out, "Advanced: the body of one response becomes that of the next request");
            Advanced.run(hp, base, out);

            title(out, "ClientBodyProxy: a server sends on what its client is sending");
            ClientBodyProxy.run(hp, base, out);

            title(out, "FanOut: a thousand requests at once, each on its own virtual thread");
            FanOut.run(hp, base, out);
        }
    }

    private static void title(PrintStream out, String text) {
        out.println("--- " + text);
    }
}
