package io.httpipe.bench.parts;

import io.httpipe.internal.wire.HeadWriter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Writes a request head with the fields of a typical browser request. */
@State(Scope.Thread)
public class HeadWriterBench {
    private static final String[][] FIELDS = {
        {"Host", "127.0.0.1:19080"},
        {"User-Agent", "httpipe"},
        {"Accept", "application/json, text/plain;q=0.9, */*;q=0.8"},
        {"Accept-Language", "en-GB, en;q=0.8"},
        {"Authorization", "Bearer 0123456789abcdef0123456789abcdef0123456789abcdef"},
    };

    @Benchmark
    public HeadWriter write() {
        HeadWriter head = new HeadWriter().requestLine("GET", "/some/path?with=a&query=too", 1);
        for (String[] field : FIELDS) {
            head.field(field[0], field[1]);
        }
        return head.end();
    }
}
