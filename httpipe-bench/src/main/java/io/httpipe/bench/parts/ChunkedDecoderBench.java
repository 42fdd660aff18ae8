package io.httpipe.bench.parts;

import io.httpipe.internal.wire.ChunkedDecoder;
import io.httpipe.internal.wire.MalformedException;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Decodes the framing of a body of 64 chunks. */
@State(Scope.Thread)
public class ChunkedDecoderBench {
    private static final int CHUNKS = 64;

    @Param({"16", "4096"})
    int chunkSize;

    private byte[] bytes = {};

    @Setup
    public void write() {
        String chunk = Integer.toHexString(chunkSize) + "\r\n" + "x".repeat(chunkSize) + "\r\n";
        bytes = (chunk.repeat(CHUNKS) + "0\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    @Benchmark
    public int decode() throws MalformedException {
        ChunkedDecoder decoder = new ChunkedDecoder(DefaultLimits.LIMITS);
        int at = 0;
        while (true) {
            at = decoder.advance(bytes, at, bytes.length);
            if (decoder.done()) {
                return at;
            }
            long data = decoder.remaining();
            decoder.dataTaken(data);
            at += (int) data;
        }
    }
}
