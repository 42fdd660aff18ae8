package io.httpipe.bench;

import io.httpipe.bench.clients.Payload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** All kinds of work, in the order in which they are done. */
final class Scenarios {
    private Scenarios() {}

    /**
     * Makes them.
     *
     * @param folder where the file to upload goes
     * @param jars   what each client needs to run
     */
    static List<Scenario> all(Path folder, Jars jars) throws IOException {
        byte[] body = new byte[64 * 1024 * 1024];
        Path file = Files.write(folder.resolve("upload"), body);
        return List.of(
                new Load("get-1", "GET of 13 bytes, 1 thread", 1, Way.KEPT, Task.get("13")),
                new Load("get-64", "GET of 13 bytes, 64 threads", 64, Way.KEPT, Task.get("13")),
                new Load("get-1000", "GET of 13 bytes, 1,000 threads", 1000, Way.KEPT, Task.get("13")),
                new Load("get-5000", "GET of 13 bytes, 5,000 threads", 5000, Way.KEPT, Task.get("13")),
                new Load("fields-64", "GET with 15 header fields, 64 threads", 64, Way.KEPT, Task.get("fields")),
                new Load("body-64k", "GET of 64 KiB, 64 threads", 64, Way.KEPT, Task.get("64k")),
                new Load("body-1m", "GET of 1 MiB, 8 threads", 8, Way.KEPT, Task.get("1m")),
                new Load("unix-64", "GET of 13 bytes over a Unix socket, 64 threads", 64, Way.UNIX, Task.get("13")),
                new Load(
                        "new-8",
                        "GET of 13 bytes, a new connection each, 8 threads",
                        8,
                        Way.CLOSING,
                        Task.getOnce("13")),
                new Load("tls-64", "GET of 13 bytes over TLS, 64 threads", 64, Way.TLS, Task.get("13")),
                new Load("tls-resumed-8", "TLS handshakes, resumed, 8 threads", 8, Way.TLS_CLOSING, Task.getOnce("13")),
                new Load("tls-full-8", "TLS handshakes, not resumed, 8 threads", 8, Way.TLS_FRESH, Task.getOnce("13")),
                new Fan("fan-out", "10,000 GETs at once over 64 connections", 10_000, 64),
                new Bulk("download", "download of 256 MiB", Way.KEPT, Task.download("256m")),
                new Bulk("tls-download", "download of 64 MiB over TLS", Way.TLS, Task.download("64m")),
                upload("upload", "upload of 64 MiB from memory", new Payload(body, null, true)),
                upload("upload-chunked", "the same in chunks", new Payload(body, null, false)),
                upload("upload-file", "upload of 64 MiB from a file", new Payload(body, file, true)),
                upload("upload-file-chunked", "the same in chunks", new Payload(body, file, false)),
                new Bulk("pipe", "pipe of 64 MiB from one server to another", Way.KEPT, Task.pipe("64m")),
                new Held("in-flight", "5,000 calls that wait for their answer", 5000, false),
                new Held("idle", "5,000 idle connections", 5000, true),
                new Start("start", "from the start of a JVM to the first answer", jars));
    }

    private static Scenario upload(String id, String title, Payload payload) {
        return new Bulk(
                id, title, Way.KEPT, (client, server, site) -> client.upload(server.resolve("upload"), payload));
    }
}
