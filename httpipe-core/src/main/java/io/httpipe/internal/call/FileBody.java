package io.httpipe.internal.call;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** A body from a regular file, which is opened each time the body is sent. */
public record FileBody(Path file) implements OutgoingBody {
    /** The file's size; -1 if the system reports 0 although the file has content, as Linux does under /proc. */
    @Override
    public long length() throws IOException {
        long size = regularSize();
        if (size > 0) {
            return size;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() < 0 ? 0 : -1;
        }
    }

    private long regularSize() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (!attributes.isRegularFile()) {
            // Opening a FIFO would wait for its other end, even after the deadline.
            throw new FileSystemException(file.toString(), null, "not a regular file");
        }
        return attributes.size();
    }

    @Override
    public boolean repeatable() {
        return true;
    }

    @Override
    public void writeTo(BodyOutput output) throws IOException {
        if (output.hasLength()) {
            try (FileChannel channel = FileChannel.open(file)) {
                output.transferFrom(channel);
            }
        } else {
            try (InputStream in = Files.newInputStream(file)) {
                output.transferFrom(in, true);
            }
        }
    }

    @Override
    public void writePartTo(BodyOutput output) throws IOException {
        if (output.hasLength()) {
            try (FileChannel channel = FileChannel.open(file)) {
                output.transferPart(channel, channel.size());
            }
        } else {
            writeTo(output);
        }
    }

    @Override
    public void copyTo(OutputStream output) throws IOException {
        regularSize();
        Files.copy(file, output);
    }

    @Override
    public String toString() {
        return "file " + file;
    }
}
