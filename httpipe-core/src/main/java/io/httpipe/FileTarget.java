package io.httpipe;

import io.httpipe.internal.call.ProgressMeter;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.DigestField;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Writes the body of one or more responses to a temporary file, and moves it into place when it is complete and has the
 * announced hash values. Until then the target is left as it is. Closing it removes the temporary file. For one thread.
 */
final class FileTarget implements AutoCloseable {
    private static final int PIECE = 1 << 16;

    private final Path target;
    private final Path part;
    private OutputStream out;
    private final @Nullable ProgressMeter meter;
    private final List<Expected> expected = new ArrayList<>();
    private long size;

    /** A hash value of the bytes from {@code from} to {@code to}; -1 for the end of the file. */
    private record Expected(String field, DigestField.Digest digest, long from, long to) {}

    FileTarget(Path target, Progress.@Nullable Listener listener) throws IOException {
        this.target = Arguments.notNull("target", target);
        byte[] random = new byte[8];
        ThreadLocalRandom.current().nextBytes(random);
        this.part = target.resolveSibling(".httpipe-" + HexFormat.of().formatHex(random) + ".part");
        this.meter = listener == null ? null : new ProgressMeter(Progress.report(listener), -1);
        this.out = Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** The number of bytes so far. */
    long size() {
        return size;
    }

    /** Drops all bytes, because a response begins anew. */
    void restart(long total) throws IOException {
        expected.clear();
        if (size > 0) {
            out.close();
            out = Files.newOutputStream(part, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        }
        size = 0;
        if (meter != null) {
            meter.restart(total);
        }
    }

    /**
     * Appends the rest of a response.
     *
     * @param to where its content ends in the file; -1 for the end of the file
     */
    void append(StreamedResponse response, long to) throws IOException {
        long from = size;
        expect(response.headers().fields(), from, to);
        byte[] piece = new byte[PIECE];
        for (int read = response.body().read(piece);
                read >= 0;
                read = response.body().read(piece)) {
            out.write(piece, 0, read);
            size += read;
            if (meter != null) {
                meter.add(read);
            }
        }
        expect(response.trailers().fields(), from, to);
    }

    private void expect(FieldLines fields, long from, long to) {
        for (DigestField.Digest digest : DigestField.parse(fields, "Content-Digest")) {
            add(new Expected("Content-Digest", digest, from, to));
        }
        for (DigestField.Digest digest : DigestField.parse(fields, "Repr-Digest")) {
            add(new Expected("Repr-Digest", digest, 0, -1));
        }
    }

    /** Each response for a part of the file has the same value for all of it. That is computed once. */
    private void add(Expected digest) {
        if (!expected.contains(digest)) {
            expected.add(digest);
        }
    }

    /** Checks the hash values, and moves the file into place. */
    void finish(StreamedResponse last, CancelCheck check) throws IOException {
        out.close();
        for (Expected each : expected) {
            if (!HexFormat.of().formatHex(hash(each, check)).equals(each.digest.hex())) {
                throw last.malformed(new MalformedException(
                        "the body does not have the %s of %s".formatted(each.digest.algorithm(), each.field)));
            }
        }
        if (meter != null) {
            meter.end();
        }
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Fails if the call has been cancelled, or if its deadline has passed. */
    interface CancelCheck {
        void run() throws HttpipeException;
    }

    private byte[] hash(Expected each, CancelCheck check) throws IOException {
        MessageDigest function;
        try {
            function = MessageDigest.getInstance(each.digest.algorithm());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no " + each.digest.algorithm(), e);
        }
        try (InputStream in = Files.newInputStream(part)) {
            in.skipNBytes(each.from);
            long left = (each.to < 0 ? size : each.to) - each.from;
            byte[] piece = new byte[PIECE];
            int read = 0;
            while (left > 0 && read >= 0) {
                check.run();
                function.update(piece, 0, read);
                read = in.read(piece, 0, (int) Math.min(left, PIECE));
                left -= Math.max(0, read);
            }
            function.update(piece, 0, Math.max(0, read));
        }
        return function.digest();
    }

    @Override
    public void close() throws IOException {
        try {
            out.close();
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
