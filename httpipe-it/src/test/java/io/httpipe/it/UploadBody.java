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
 * Every kind of request body, with a length and without. Those that the client gets bit by bit come in two halves, and
 * between the halves something can be waited for, such as the beginning of the answer.
 */
enum UploadBody {
    BYTES {
        @Override
        Body of(byte[] bytes, Path folder, Gap gap) {
            return Body.of(bytes);
        }
    },
    FILE {
        @Override
        Body of(byte[] bytes, Path folder, Gap gap) throws IOException {
            return Body.of(Files.write(folder.resolve("body"), bytes));
        }
    },
    STREAM {
        @Override
        Body of(byte[] bytes, Path folder, Gap gap) {
            return Body.of(new Halves(bytes, gap));
        }
    },
    STREAM_WITH_LENGTH {
        @Override
        Body of(byte[] bytes, Path folder, Gap gap) {
            return Body.of(new Halves(bytes, gap), bytes.length);
        }
    },
    SUPPLIER {
        @Override
        Body of(byte[] bytes, Path folder, Gap gap) {
            return Body.of(() -> new Halves(bytes, gap));
        }
    },
    PIECES {
        @Override
        Body of(byte[] bytes, Path folder, Gap gap) {
            return Body.of(halves(bytes, gap));
        }
    },
    WRITING {
        @Override
        Body of(byte[] bytes, Path folder, Gap gap) {
            return Body.writing(writer(bytes, gap));
        }
    },
    WRITING_WITH_LENGTH {
        @Override
        Body of(byte[] bytes, Path folder, Gap gap) {
            return Body.writing(bytes.length, writer(bytes, gap));
        }
    };

    /** What happens between the two halves. */
    @FunctionalInterface
    interface Gap {
        void pass() throws IOException;
    }

    /** A body of these bytes; {@code folder} takes the file. */
    abstract Body of(byte[] bytes, Path folder, Gap gap) throws IOException;

    private static Body.Writer writer(byte[] bytes, Gap gap) {
        int half = bytes.length / 2;
        return out -> {
            out.write(bytes, 0, half);
            out.flush();
            gap.pass();
            out.write(bytes, half, bytes.length - half);
        };
    }

    private static Iterator<byte[]> halves(byte[] bytes, Gap gap) {
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
                        gap.pass();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
                return next;
            }
        };
    }

    /** A stream that says, at the end of the first half, that nothing is there. */
    private static final class Halves extends InputStream {
        private final Iterator<byte[]> halves;
        private ByteArrayInputStream half = new ByteArrayInputStream(new byte[0]);

        Halves(byte[] bytes, Gap gap) {
            halves = halves(bytes, gap);
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
