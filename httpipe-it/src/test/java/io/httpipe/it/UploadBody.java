package io.httpipe.it;

import io.httpipe.Body;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Every kind of request body, with a length and without. A body that the client reads or receives in pieces has two
 * halves. Between them a test can wait, for example for the start of the response.
 */
enum UploadBody {
    BYTES {
        @Override
        Body of(byte[] bytes, Path folder, BetweenHalves between) {
            return Body.of(bytes);
        }
    },
    FILE {
        @Override
        Body of(byte[] bytes, Path folder, BetweenHalves between) throws IOException {
            return Body.of(Files.write(folder.resolve("body"), bytes));
        }
    },
    STREAM {
        @Override
        Body of(byte[] bytes, Path folder, BetweenHalves between) {
            return Body.of(new Halves(bytes, between));
        }
    },
    STREAM_WITH_LENGTH {
        @Override
        Body of(byte[] bytes, Path folder, BetweenHalves between) {
            return Body.of(new Halves(bytes, between), bytes.length);
        }
    },
    SUPPLIER {
        @Override
        Body of(byte[] bytes, Path folder, BetweenHalves between) {
            return Body.of(() -> new Halves(bytes, between));
        }
    },
    PIECES {
        @Override
        Body of(byte[] bytes, Path folder, BetweenHalves between) {
            return Body.of(halves(bytes, between));
        }
    },
    WRITING {
        @Override
        Body of(byte[] bytes, Path folder, BetweenHalves between) {
            return Body.writing(writer(bytes, between));
        }
    },
    WRITING_WITH_LENGTH {
        @Override
        Body of(byte[] bytes, Path folder, BetweenHalves between) {
            return Body.writing(bytes.length, writer(bytes, between));
        }
    };

    /** Runs between the two halves. */
    @FunctionalInterface
    interface BetweenHalves {
        void run() throws IOException;
    }

    /** Creates a body with these bytes. A file is written to {@code folder}. */
    abstract Body of(byte[] bytes, Path folder, BetweenHalves between) throws IOException;

    private static Body.Writer writer(byte[] bytes, BetweenHalves between) {
        int half = bytes.length / 2;
        return out -> {
            out.write(bytes, 0, half);
            out.flush();
            between.run();
            out.write(bytes, half, bytes.length - half);
        };
    }

    private static Iterator<byte[]> halves(byte[] bytes, BetweenHalves between) {
        int half = bytes.length / 2;
        List<byte[]> halves = List.of(Arrays.copyOf(bytes, half), Arrays.copyOfRange(bytes, half, bytes.length));
        Iterator<byte[]> each = halves.iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return each.hasNext();
            }

            @Override
            public byte[] next() {
                byte[] next = each.next();
                if (!each.hasNext()) {
                    try {
                        between.run();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
                return next;
            }
        };
    }

    /** A stream of two halves. At the end of the first one, {@code available} returns 0. */
    private static final class Halves extends InputStream {
        private final Iterator<byte[]> halves;
        private ByteArrayInputStream half = new ByteArrayInputStream(new byte[0]);

        Halves(byte[] bytes, BetweenHalves between) {
            halves = halves(bytes, between);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            if (half.available() == 0 && halves.hasNext()) {
                try {
                    half = new ByteArrayInputStream(halves.next());
                } catch (UncheckedIOException e) {
                    throw e.getCause();
                }
            }
            return half.read(into, offset, count);
        }

        @Override
        public int available() {
            return half.available();
        }
    }
}
