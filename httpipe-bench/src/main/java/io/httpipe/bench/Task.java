package io.httpipe.bench;

import io.httpipe.bench.clients.Client;
import io.httpipe.bench.clients.Work;
import java.net.URI;

/** What is done, whoever does it. */
@FunctionalInterface
interface Task {
    /**
     * The work of one thread.
     *
     * @param server the root of the server to do it with
     */
    Work of(Client client, URI server, Site site);

    static Task get(String path) {
        return (client, server, site) -> client.get(server.resolve(path));
    }

    static Task getOnce(String path) {
        return (client, server, site) -> client.getOnce(server.resolve(path));
    }

    static Task download(String path) {
        return (client, server, site) -> client.download(server.resolve(path));
    }

    static Task pipe(String path) {
        return (client, server, site) ->
                client.pipe(server.resolve(path), site.other().resolve("upload"));
    }
}
