package io.httpipe.bench;

import io.httpipe.bench.clients.Payload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** All kinds of work, in the order in which they are done. */
final class Scenarios {
    /** What the quick form leaves out: some clients are slow there, and little comes out that other work does not show. */
    static final Set<String> TOO_LONG = Set.of("fields-1000", "fields-5000", "upload-file-chunked");

    private Scenarios() {}

    /**
     * Makes them.
     *
     * @param folder where the file to upload goes
     * @param jars   what each client needs to run
     * @param most   how many threads, calls and KiB there are at most, where it is the program that is on trial
     */
    static List<Scenario> all(Path folder, Jars jars, int most) throws IOException {
        byte[] body = new byte[1024 * Math.min(64 * 1024, most)];
        Path file = Files.write(folder.resolve("upload"), body);
        return List.of(
                get(1, "1", most),
                get(64, "64", most),
                get(1000, "1,000", most),
                get(5000, "5,000", most),
                fields(1, "1", most),
                fields(64, "64", most),
                fields(1000, "1,000", most),
                fields(5000, "5,000", most),
                load("body-64k", "GET of 64 KiB, 64 threads", 64, most, Way.KEPT, Task.get("64k")),
                load("body-1m", "GET of 1 MiB, 8 threads", 8, most, Way.KEPT, Task.get("1m")),
                load("unix-64", "GET over a Unix socket, 64 threads", 64, most, Way.UNIX, Task.get("13")),
                load(
                        "new-8",
                        "GET over a new connection per request, 8 threads",
                        8,
                        most,
                        Way.CLOSING,
                        Task.getOnce("13")),
                load("tls-64", "GET over TLS, 64 threads", 64, most, Way.TLS, Task.get("13")),
                load(
                        "tls-resumed-8",
                        "TLS handshake, resumed, 8 threads",
                        8,
                        most,
                        Way.TLS_CLOSING,
                        Task.getOnce("13")),
                load("tls-full-8", "TLS handshake in full, 8 threads", 8, most, Way.TLS_FRESH, Task.getOnce("13")),
                new Fan(
                        "fan-out",
                        "10,000 GETs at once over 64 connections",
                        Math.min(10_000, most),
                        Math.min(64, most)),
                new Bulk("download", "Download of 256 MiB", Way.KEPT, Task.download("256m")),
                new Bulk("tls-download", "Download of 64 MiB over TLS", Way.TLS, Task.download("64m")),
                upload("upload", "Upload of 64 MiB from memory", new Payload(body, null, true)),
                upload("upload-chunked", "Upload of 64 MiB from memory, in chunks", new Payload(body, null, false)),
                upload("upload-file", "Upload of 64 MiB from a file", new Payload(body, file, true)),
                upload(
                        "upload-file-chunked",
                        "Upload of 64 MiB from a file, in chunks",
                        new Payload(body, file, false)),
                new Bulk("pipe", "Pipe of 64 MiB from one server to another", Way.KEPT, Task.pipe("64m")),
                new Held("in-flight", "5,000 calls that wait for a slow server", Math.min(5000, most), false),
                new Held("idle", "5,000 idle connections", Math.min(5000, most), true),
                new Start("start", "From the start of a JVM to its first answer", jars));
    }

    private static Scenario get(int threads, String number, int most) {
        String title = "GET of 13 bytes, " + number + (threads == 1 ? " thread" : " threads");
        return load("get-" + threads, title, threads, most, Way.KEPT, Task.get("13"));
    }

    private static Scenario fields(int threads, String number, int most) {
        String title = "GET with 15 header fields, " + number + (threads == 1 ? " thread" : " threads");
        return load("fields-" + threads, title, threads, most, Way.KEPT, Task.get("fields"));
    }

    private static Scenario load(String id, String title, int threads, int most, Way way, Task task) {
        return new Load(id, title, Math.min(threads, most), way, task);
    }

    private static Scenario upload(String id, String title, Payload payload) {
        return new Bulk(
                id, title, Way.KEPT, (client, server, site) -> client.upload(server.resolve("upload"), payload));
    }
}
