package io.httpipe.bench;

import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Contender;
import io.httpipe.bench.clients.Setup;
import java.net.URI;

/** A program that gets one response and prints its length. {@link JvmStart} measures how long that takes. */
final class FirstResponse {
    private FirstResponse() {}

    public static void main(String[] args) throws Exception {
        try (Client client = Contender.valueOf(args[0]).open(new Setup(1, 0, null, null, false, false, null))) {
            System.out.println(client.get(URI.create(args[1])).run());
        }
        System.exit(0);
    }
}
