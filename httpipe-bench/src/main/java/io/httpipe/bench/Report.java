package io.httpipe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes the document and its charts from the results of one or more JDKs. */
public final class Report {
    private static final Pattern RESULTS = Pattern.compile(".*-(\\d+)\\.tsv");

    private static final String PREFACE = """
            # Benchmarks

            `httpipe-bench/run` has measured all figures and written this page. `httpipe-bench/run --quick` gives a
            first impression in a few minutes. The clients take turns in one JVM, in rounds. Each round uses a different
            order. Before each turn, the JVM collects garbage and finishes pending compilations. A figure is the median
            of all rounds. A ratio of two clients is computed within each round; the page shows the median of these
            ratios. A ratio of two kinds of work is the ratio of their medians. The page compares:

            - *httpipe* with its defaults, including all timeouts. Like all clients, it keeps one connection per thread.
            - The *floor*: a loop over a `java.net.Socket`, an `SSLSocket` or a Unix `SocketChannel`. It sends fixed
              bytes and scans the head of the response for `Content-Length` only. It decodes bodies in gzip. It has no
              timeouts. Each thread has its own connection. In the table of 10,000 GETs at once, the threads share 64
              connections in turn. If a body is in memory and is not sent in chunks, the floor sends it with one write.
              The floor copies streams with a buffer of 16 KiB, as `InputStream.transferTo` does.
            - Apache HttpClient 5 classic, OkHttp, Helidon WebClient, Jetty's client and the JDK's client. Each is
              configured for many virtual threads: one connection per thread, `TCP_NODELAY`, and no cookies.

            If a client lets its caller choose the size of pieces, streams are read and written in pieces of 16 KiB. The
            server is nginx with one worker, on the same machine; client and server share its processors. All callers
            are virtual threads. Each caller sends its next request when it has its response. So the times depend on the
            number of callers and on the rate that the client reaches. After two failed turns, a client gets no more
            turns of this kind of work. Processor time (*cpu*) is that of the client's process, including garbage
            collection and compilation. The column *bytes* shows the bytes that all threads of the process allocate for
            each response. The columns *x* show the ratio of a figure to that of the floor. In the targets, *to* means a
            ratio: *to the floor* is the ratio to the figure of the floor. With *idle policies*, a client may follow
            redirects, try again after failures, decode bodies, and use credentials for another server, as far as it
            can. But no response gives it a reason to do so.

            """;

    private final Map<Integer, Results> results;
    private final StringBuilder page = new StringBuilder(PREFACE);

    private Report(Map<Integer, Results> results) {
        this.results = results;
    }

    /**
     * Writes {@code benchmarks.md}, and its charts into the folder {@code benchmarks} next to it.
     *
     * @param args the target folder, and the result files; their names end with the release of a JDK, as in
     *             {@code results-25.tsv}
     */
    public static void main(String[] args) throws IOException {
        Map<Integer, Results> results = new TreeMap<>();
        for (String file : List.of(args).subList(1, args.length)) {
            Matcher matcher = RESULTS.matcher(file);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(file + " does not end with a hyphen, the release of a JDK and .tsv");
            }
            results.put(Integer.valueOf(matcher.group(1)), Results.read(Path.of(file)));
        }
        new Report(results).write(Path.of(args[0]));
    }

    private void write(Path folder) throws IOException {
        charts(new Charts(results, Files.createDirectories(folder.resolve("benchmarks"))));
        targets();
        results.forEach((release, r) -> page.append(Tables.section(release, r)));
        Files.writeString(folder.resolve("benchmarks.md"), page);
    }

    private void charts(Charts charts) throws IOException {
        show(
                "small",
                charts.figure("small", "Processor time of a GET of 13 bytes, 64 threads, us", "get-64", Metric.CPU));
        show("rate", charts.figure("rate", "GETs a second, each of 13 bytes, 1,000 threads", "get-1000", Metric.RATE));
        Map<String, String> bulk = new LinkedHashMap<>();
        bulk.put("download", "download");
        bulk.put("tls-download", "download, TLS");
        bulk.put("upload", "upload");
        bulk.put("upload-chunked", "upload, chunks");
        bulk.put("upload-file", "upload of a file");
        bulk.put("upload-file-chunked", "upload of a file, chunks");
        bulk.put("pipe", "pipe");
        show(
                "bulk",
                charts.toFloor("bulk", "Processor time of long bodies in httpipe; 1 is the floor's", bulk, Metric.CPU));
        show("heap", charts.figure("heap", "Heap of each of 5,000 calls that wait, bytes", "in-flight", Metric.HEAP));
    }

    private void show(String name, String title) {
        page.append("![").append(title).append("](benchmarks/").append(name).append(".svg)\n\n");
    }

    private void targets() {
        page.append("## Targets\n\n| work | figure |");
        results.keySet()
                .forEach(release -> page.append(" target, JDK ").append(release).append(" | measured | |"));
        page.append("\n|---|---|").append("--:|--:|---|".repeat(results.size())).append('\n');
        int count = Target.all(0).size();
        for (int i = 0; i < count; i++) {
            int index = i;
            Target any = Target.all(0).get(i);
            page.append("| ")
                    .append(any.work())
                    .append(" | ")
                    .append(any.figure())
                    .append(" |");
            results.forEach(
                    (release, r) -> page.append(cells(Target.all(release).get(index), r)));
            page.append('\n');
        }
        page.append('\n');
    }

    private static String cells(Target target, Results results) {
        OptionalDouble value = target.value().in(results);
        String goal = (target.atLeast() ? "at least " : "at most ") + Tables.number(target.limit());
        if (value.isEmpty()) {
            return " " + goal + " | not measured | |";
        }
        String verdict = target.reached(value.getAsDouble()) ? "reached" : "**missed**";
        return " " + goal + " | " + Tables.number(value.getAsDouble()) + " | " + verdict + " |";
    }
}
