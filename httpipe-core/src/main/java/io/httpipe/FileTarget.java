package io.httpipe;

import io.httpipe.internal.call.ProgressMeter;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.DigestField;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Writes the body of one or more responses to a temporary file. Moves that file to the target when it is complete and
 * has the announced hash values. Until then the target does not change. {@link #close} deletes the temporary file. For
 * one thread.
 */
final class FileTarget implements AutoCloseable {
    /** The hash value of the bytes of one response. */
    static final String OF_RESPONSE = "Content-Digest";

    /** The hash value of the whole file, even in a response with a part of it. */
    static final String OF_FILE = "Repr-Digest";

    private static final int PIECE = 1 << 16;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> GROUP = PosixFilePermissions.fromString("---rwx---");

    private final Path target;
    private final Path part;

    /** The group and permissions of the file that is replaced; null if there is none, or if it has none. */
    private final @Nullable PosixFileAttributes replaced;

    private OutputStream out;
    private final @Nullable ProgressMeter meter;
    private final List<Expected> expected = new ArrayList<>();
    private long size;

    /**
     * An announced hash value of the bytes from {@code from} to {@code to}, which is -1 for the end of the file. If
     * {@code ofEncoded} is not null, the value is that of the encoded bytes, which are not in the file.
     */
    private record Expected(
            String field,
            DigestField.Digest digest,
            long from,
            long to,
            @Nullable MessageDigest ofEncoded) {}

    FileTarget(Path target, Progress.@Nullable Listener listener) throws IOException {
        this.target = Arguments.notNull("target", target);
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(target)) {
            // The move would replace an empty folder or a device.
            throw new FileSystemException(target.toString(), null, "not a regular file");
        }
        byte[] random = new byte[8];
        ThreadLocalRandom.current().nextBytes(random);
        this.part = target.resolveSibling(".httpipe-" + HexFormat.of().formatHex(random) + ".part");
        this.replaced = attributes(target);
        this.meter = listener == null ? null : new ProgressMeter(Progress.report(listener), -1);
        if (replaced == null) {
            Files.createFile(part);
        } else {
            // Nobody may read the new content who could not read the old one.
            Files.createFile(part, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        }
        this.out = Files.newOutputStream(part, StandardOpenOption.WRITE);
    }

    private static @Nullable PosixFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, PosixFileAttributes.class);
        } catch (NoSuchFileException | UnsupportedOperationException e) {
            return null;
        }
    }

    /** Gives the new file the group and the permissions of the old one. */
    private void keepPermissions(PosixFileAttributes old) {
        PosixFileAttributeView view = Files.getFileAttributeView(part, PosixFileAttributeView.class);
        Set<PosixFilePermission> permissions = new HashSet<>(old.permissions());
        try {
            view.setGroup(old.group());
        } catch (IOException e) {
            // The user does not belong to that group. Its permissions are not for another group.
            permissions.removeAll(GROUP);
        }
        try {
            view.setPermissions(permissions);
        } catch (IOException e) {
            // Some file systems, such as FAT, have the same permissions for all files.
        }
    }

    /** The number of bytes so far. */
    long size() {
        return size;
    }

    /** Drops all bytes, because the next response contains the file from its beginning. */
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
     * @param to      the position in the file where the response ends; -1 for the end of the file
     * @param most    when the file is larger than this, no more is read
     * @param digests the fields whose hash values the file must have
     */
    void append(StreamedResponse response, long to, long most, List<String> digests) throws IOException {
        long from = size;
        boolean asReceived = response.body().isAsReceived();
        if (asReceived) {
            expect(response.headers().fields(), from, to, digests);
        } else if (response.body().isDecoded()) {
            expectEncoded(response, digests);
        }
        InputStream in = response.body().oneOperation();
        byte[] piece = new byte[PIECE];
        for (int read; size <= most && (read = in.read(piece)) >= 0; ) {
            out.write(piece, 0, read);
            size += read;
            if (meter != null) {
                meter.add(read);
            }
        }
        if (asReceived) {
            expect(response.trailers().fields(), from, to, digests);
        }
    }

    private void expect(FieldLines fields, long from, long to, List<String> digests) {
        for (String field : digests) {
            boolean ofFile = field.equals(OF_FILE);
            for (DigestField.Digest digest : DigestField.parse(fields, field)) {
                add(new Expected(field, digest, ofFile ? 0 : from, ofFile ? -1 : to, null));
            }
        }
    }

    /** Each partial response has the same hash value of the whole file. This value is checked only one time. */
    private void add(Expected digest) {
        if (!expected.contains(digest)) {
            expected.add(digest);
        }
    }

    /** RFC 9530, sections 2 and 3: both fields have hash values of the encoded bytes. */
    private void expectEncoded(StreamedResponse response, List<String> digests) {
        List<MessageDigest> functions = new ArrayList<>();
        for (String field : digests) {
            for (DigestField.Digest digest :
                    DigestField.parse(response.headers().fields(), field)) {
                MessageDigest function = function(digest);
                functions.add(function);
                expected.add(new Expected(field, digest, 0, -1, function));
            }
        }
        if (!functions.isEmpty()) {
            response.body().source().observeEncoded(bytes -> functions.forEach(f -> f.update(bytes.duplicate())));
        }
    }

    private static MessageDigest function(DigestField.Digest digest) {
        try {
            return MessageDigest.getInstance(digest.algorithm());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no " + digest.algorithm(), e);
        }
    }

    /** Checks the hash values, and moves the file into place. */
    void finish(StreamedResponse last, CancelCheck check) throws IOException {
        out.close();
        for (Expected each : expected) {
            byte[] value = each.ofEncoded == null ? hash(each, check) : each.ofEncoded.digest();
            if (!HexFormat.of().formatHex(value).equals(each.digest.hex())) {
                throw last.malformed(new MalformedException(
                        "the body does not match the %s of %s".formatted(each.digest.algorithm(), each.field)));
            }
        }
        force(check);
        if (meter != null) {
            meter.end();
        }
        check.run();
        if (replaced != null) {
            keepPermissions(replaced);
        }
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Waits until the bytes are on the disk. Otherwise the target could be incomplete after a crash. */
    private void force(CancelCheck check) throws IOException {
        check.run();
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        } catch (ClosedByInterruptException e) {
            check.run();
            throw e;
        } catch (UnsupportedOperationException e) {
            // This file system does not belong to the operating system, for example a ZIP file system.
        }
    }

    /** Throws if the call has been cancelled, or if its deadline has passed. */
    interface CancelCheck {
        void run() throws HttpipeException;
    }

    private byte[] hash(Expected each, CancelCheck check) throws IOException {
        MessageDigest function = function(each.digest);
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
