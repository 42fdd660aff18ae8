package io.httpipe.bench;

import io.httpipe.bench.clients.Payload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** All scenarios, in the order in which they run. */
final class Scenarios {
    /** A quick run skips these. Some clients need long for them, and other scenarios show almost the same. */
    static final Set<String> TOO_LONG = Set.of("fields-1000", "fields-5000", "upload-file-chunked");

    private Scenarios() {}

    /**
     * Creates the scenarios.
     *
     * @param folder the folder for the file to upload
     * @param jars   the jars that each client needs
     * @param max    the maximum number of threads, calls and KiB, for tests of this program
     */
    static List<Scenario> all(Path folder, Jars jars, int max) throws IOException {
        byte[] body = new byte[1024 * Math.min(64 * 1024, max)];
        Path file = Files.write(folder.resolve("upload"), body);
        return List.of(
                get(1, "1", max),
                get(64, "64", max),
                get(1000, "1,000", max),
                get(5000, "5,000", max),
                policies(64, "64", max),
                policies(1000, "1,000", max),
                load(
                        "proxy-64",
                        "GET of 13 bytes through a proxy, 64 threads",
                        64,
                        max,
                        ConnectionMode.PROXY,
                        Task.get("13")),
                fields(1, "1", max),
                fields(64, "64", max),
                fields(1000, "1,000", max),
                fields(5000, "5,000", max),
                load("body-64k", "GET of 64 KiB, 64 threads", 64, max, ConnectionMode.KEEP_ALIVE, Task.get("64k")),
                load("body-1m", "GET of 1 MiB, 8 threads", 8, max, ConnectionMode.KEEP_ALIVE, Task.get("1m")),
                load(
                        "gzip-json-64",
                        "GET of 64 KiB of JSON, sent in gzip, 64 threads",
                        64,
                        max,
                        ConnectionMode.DECODING,
                        Task.getDecoded("json")),
                load("unix-64", "GET over a Unix socket, 64 threads", 64, max, ConnectionMode.UNIX, Task.get("13")),
                load(
                        "new-8",
                        "GET over a new connection per request, 8 threads",
                        8,
                        max,
                        ConnectionMode.CLOSE,
                        Task.getOnce("13")),
                load("tls-64", "GET over TLS, 64 threads", 64, max, ConnectionMode.TLS, Task.get("13")),
                load(
                        "tls-resumed-8",
                        "TLS handshake, resumed, 8 threads",
                        8,
                        max,
                        ConnectionMode.TLS_CLOSE,
                        Task.getOnce("13")),
                load(
                        "tls-full-8",
                        "TLS handshake in full, 8 threads",
                        8,
                        max,
                        ConnectionMode.TLS_WITHOUT_RESUMPTION,
                        Task.getOnce("13")),
                new FanOutLoad(
                        "fan-out", "10,000 GETs at once over 64 connections", Math.min(10_000, max), Math.min(64, max)),
                new BulkTransfer("download", "Download of 256 MiB", ConnectionMode.KEEP_ALIVE, Task.download("256m")),
                new BulkTransfer(
                        "gzip-download",
                        "Download of 256 MiB of JSON, sent in gzip",
                        ConnectionMode.DECODING,
                        Task.downloadDecoded("json-256m")),
                new BulkTransfer(
                        "tls-download", "Download of 64 MiB over TLS", ConnectionMode.TLS, Task.download("64m")),
                upload("upload", "Upload of 64 MiB from memory", new Payload(body, null, true)),
                upload("upload-chunked", "Upload of 64 MiB from memory, in chunks", new Payload(body, null, false)),
                upload("upload-file", "Upload of 64 MiB from a file", new Payload(body, file, true)),
                upload(
                        "upload-file-chunked",
                        "Upload of 64 MiB from a file, in chunks",
                        new Payload(body, file, false)),
                new BulkTransfer(
                        "multipart-upload",
                        "Multipart upload of 64 MiB from a file",
                        ConnectionMode.KEEP_ALIVE,
                        (client, server, addresses) -> client.multipart(server.resolve("upload"), file)),
                new BulkTransfer(
                        "pipe",
                        "Pipe of 64 MiB from one server to another",
                        ConnectionMode.KEEP_ALIVE,
                        Task.pipe("64m")),
                new HeapUse("in-flight", "5,000 calls that wait for a slow server", Math.min(5000, max), false),
                new HeapUse("idle", "5,000 idle connections", Math.min(5000, max), true),
                new JvmStart("start", "From the start of a JVM to its first answer", jars));
    }

    private static Scenario get(int threads, String number, int max) {
        String title = "GET of 13 bytes, " + number + (threads == 1 ? " thread" : " threads");
        return load("get-" + threads, title, threads, max, ConnectionMode.KEEP_ALIVE, Task.get("13"));
    }

    private static Scenario policies(int threads, String number, int max) {
        String title = "GET of 13 bytes, idle policies, " + number + " threads";
        return load("policies-" + threads, title, threads, max, ConnectionMode.IDLE_POLICIES, Task.get("13"));
    }

    private static Scenario fields(int threads, String number, int max) {
        String title = "GET with 15 response header fields, " + number + (threads == 1 ? " thread" : " threads");
        return load("fields-" + threads, title, threads, max, ConnectionMode.KEEP_ALIVE, Task.get("fields"));
    }

    private static Scenario load(String id, String title, int threads, int max, ConnectionMode mode, Task task) {
        return new Load(id, title, Math.min(threads, max), mode, task);
    }

    private static Scenario upload(String id, String title, Payload payload) {
        return new BulkTransfer(
                id,
                title,
                ConnectionMode.KEEP_ALIVE,
                (client, server, addresses) -> client.upload(server.resolve("upload"), payload));
    }
}
