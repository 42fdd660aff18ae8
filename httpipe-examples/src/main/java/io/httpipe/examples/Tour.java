package io.httpipe.examples;

import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import java.io.PrintStream;

/**
 * Runs the samples one after another. Each sample is a class of its own.
 *
 * <p>Without an argument, the tour starts an {@link EchoServer} and uses that. With a URL, such as
 * {@code http://127.0.0.1:9090}, the tour uses the server there, which must answer {@code /echo} as in the manual of
 * lua-resty-httpipe.
 */
public final class Tour {
    private Tour() {}

    /**
     * Runs all samples.
     *
     * @param args empty, or the URL of a server
     * @throws Exception what a sample throws
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
            title(out, "Simple: one request to " + base + ", which echoes it");
            Simple.run(hp, base, out);

            title(out, "Generic: the same response, token by token");
            Generic.run(hp, base, out);

            title(out, "Advanced: the body of a response becomes the body of the next request");
            Advanced.run(hp, base, out);

            title(out, "ClientBodyProxy: a proxy forwards a body while the client sends it");
            ClientBodyProxy.run(hp, base, out);

            title(out, "FanOut: a thousand virtual threads, each with a request, share 64 connections");
            FanOut.run(base, out);
        }
    }

    private static void title(PrintStream out, String text) {
        out.println("--- " + text);
    }
}
