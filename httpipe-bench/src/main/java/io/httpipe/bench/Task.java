package io.httpipe.bench;

import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Work;
import java.net.URI;

/** The operation of a scenario, the same for all clients. */
@FunctionalInterface
interface Task {
    /**
     * Prepares the work of one thread.
     *
     * @param server the root URI of the server
     */
    Work of(Client client, URI server, ServerAddresses addresses);

    static Task get(String path) {
        return (client, server, addresses) -> client.get(server.resolve(path));
    }

    static Task getOnce(String path) {
        return (client, server, addresses) -> client.getOnce(server.resolve(path));
    }

    static Task download(String path) {
        return (client, server, addresses) -> client.download(server.resolve(path));
    }

    static Task getDecoded(String path) {
        return (client, server, addresses) -> client.getDecoded(server.resolve(path));
    }

    static Task downloadDecoded(String path) {
        return (client, server, addresses) -> client.downloadDecoded(server.resolve(path));
    }

    static Task pipe(String path) {
        return (client, server, addresses) ->
                client.pipe(server.resolve(path), addresses.other().resolve("upload"));
    }
}
