package io.httpipe.testing;

import io.httpipe.Body;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** A body of each kind, far larger than the socket buffers. */
public enum LargeBody {
    BYTES,
    FILE,
    STREAM,
    COUNTED_STREAM,
    WRITER;

    public static final int SIZE = 64 << 20;

    /** {@return each kind with each transport} */
    public static Stream<Arguments> overEachTransport() {
        return Arrays.stream(values())
                .flatMap(kind -> Arrays.stream(Transports.values()).map(transport -> Arguments.of(kind, transport)));
    }

    public Body body() {
        return body(new AtomicLong());
    }

    /** {@return a body that counts the bytes it has supplied, if its kind can count} */
    public Body body(AtomicLong given) {
        return switch (this) {
            case BYTES -> Body.of(new byte[SIZE]);
            case FILE -> Body.of(File.SPARSE);
            case STREAM -> Body.of(new Zeros(given));
            case COUNTED_STREAM -> Body.of(new Zeros(given), SIZE);
            case WRITER ->
                Body.writing(out -> {
                    while (given.addAndGet(8192) < SIZE) {
                        out.write(new byte[8192]);
                        out.flush();
                        Thread.yield();
                    }
                });
        };
    }

    /** A sparse file, which takes no disk space. It is created on first use. */
    private static final class File {
        static final Path SPARSE = make();

        private static Path make() {
            try {
                Path file = Files.createTempFile("httpipe", ".large");
                file.toFile().deleteOnExit();
                try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
                    sparse.setLength(SIZE);
                }
                return file;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Zeros extends InputStream {
        private final AtomicLong given;

        Zeros(AtomicLong given) {
            this.given = given;
        }

        @Override
        public int read() {
            return given.incrementAndGet() > SIZE ? -1 : 0;
        }

        @Override
        public int read(byte[] buffer, int offset, int count) {
            int read = (int) Math.min(count, SIZE - given.get());
            given.addAndGet(read);
            return read == 0 ? -1 : read;
        }
    }
}
