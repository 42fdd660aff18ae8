package io.httpipe.bench.parts;

import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Parses a response head that has arrived completely. */
@State(Scope.Thread)
public class HeadParserBench {
    @Param({"4", "15", "60"})
    int fields;

    private final HeadParser parser = new HeadParser(DefaultLimits.LIMITS);
    private byte[] bytes = {};

    @Setup
    public void write() {
        StringBuilder head = new StringBuilder("HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 13\r\n");
        for (int i = 2; i < fields; i++) {
            head.append("X-Some-Field-")
                    .append(i)
                    .append(": value number ")
                    .append(i)
                    .append(" of many\r\n");
        }
        bytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    @Benchmark
    public ResponseHead parse() throws MalformedException {
        return Objects.requireNonNull(parser.head(bytes, 0, bytes.length));
    }
}
