package io.httpipe.internal.call;

import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Ascii;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A body of several parts as {@code multipart/form-data} (RFC 7578). Names are escaped as browsers do (WHATWG HTML,
 * section 4.10.21.8). Immutable and thread-safe, if its parts are.
 */
public final class MultipartBody implements OutgoingBody {
    /** With this argument, the constructor creates a body with a random boundary. */
    public static final Supplier<String> RANDOM = MultipartBody::randomBoundary;

    private static final byte[] LINE_END = {'\r', '\n'};

    private final Supplier<String> boundaries;
    private final List<Part> parts;

    /**
     * Chosen at first use, for this body alone. The author of a part therefore cannot know it and write a part that
     * contains it.
     */
    private final AtomicReference<@Nullable String> boundary = new AtomicReference<>();

    /**
     * One part.
     *
     * @param name        its name, escaped
     * @param fileName    its file name, escaped; null for none
     * @param contentType null for the media type of {@code body}
     */
    private record Part(
            String name,
            @Nullable String fileName,
            @Nullable String contentType,
            OutgoingBody body) {
        byte[] head(String boundary) {
            StringBuilder head = new StringBuilder("--").append(boundary);
            head.append("\r\nContent-Disposition: form-data; name=\"")
                    .append(name)
                    .append('"');
            if (fileName != null) {
                head.append("; filename=\"").append(fileName).append('"');
            }
            String type = contentType == null ? body.mediaType() : contentType;
            if (type == null && fileName != null) {
                type = "application/octet-stream";
            }
            if (type != null) {
                head.append("\r\nContent-Type: ").append(type);
            }
            return head.append("\r\n\r\n").toString().getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Holds the random generator, so that clients that do not need it do not load it. */
    private static final class Random {
        static final SecureRandom SECURE = new SecureRandom();
    }

    /**
     * Creates a body without parts.
     *
     * @param boundaries returns another candidate each time, of characters that need no quotes
     */
    public MultipartBody(Supplier<String> boundaries) {
        this(boundaries, List.of());
    }

    private MultipartBody(Supplier<String> boundaries, List<Part> parts) {
        this.boundaries = boundaries;
        this.parts = parts;
    }

    private static String randomBoundary() {
        byte[] bits = new byte[16];
        Random.SECURE.nextBytes(bits);
        return "httpipe-" + HexFormat.of().formatHex(bits);
    }

    /** Returns this body with one more part. Refuses a compressed part: RFC 7578 has no content coding for parts. */
    public MultipartBody with(String name, @Nullable String fileName, @Nullable String contentType, OutgoingBody body) {
        if (body.contentEncoding() != null) {
            throw new IllegalArgumentException(
                    "body: a part cannot be compressed; compress the whole multipart body with Body.gzip");
        }
        if (!body.repeatable() && parts.stream().anyMatch(part -> part.body.equals(body))) {
            throw new IllegalArgumentException("body: it can be sent only once, and is a part already: " + body);
        }
        List<Part> more = new ArrayList<>(parts);
        more.add(new Part(
                escaped("name", name),
                fileName == null ? null : escaped("fileName", fileName),
                contentType == null ? null : checkedType(contentType),
                body));
        return new MultipartBody(boundaries, more);
    }

    /** Returns this body with another file name or content type of the last part. Null leaves it unchanged. */
    public MultipartBody changed(@Nullable String fileName, @Nullable String contentType) {
        if (parts.isEmpty()) {
            throw new IllegalStateException("there is no part yet; add one with text(..), file(..) or part(..)");
        }
        Part last = parts.getLast();
        List<Part> changed = new ArrayList<>(parts);
        changed.set(
                parts.size() - 1,
                new Part(
                        last.name,
                        fileName == null ? last.fileName : escaped("fileName", fileName),
                        contentType == null ? last.contentType : checkedType(contentType),
                        last.body));
        return new MultipartBody(boundaries, changed);
    }

    private static String checkedType(String contentType) {
        String type = Arguments.fieldValue("contentType", contentType);
        if (type.isEmpty()) {
            throw new IllegalArgumentException("contentType is empty");
        }
        if (!StandardCharsets.US_ASCII.newEncoder().canEncode(type)) {
            throw new IllegalArgumentException("contentType: %s is not ASCII".formatted(Ascii.quote(type)));
        }
        return type;
    }

    /** Refuses control characters that have no escape, except tab. Some parsers treat them as line ends. */
    private static String escaped(String what, String text) {
        Arguments.encodable(what, text);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) && c != '\r' && c != '\n' && c != '\t') {
                throw new IllegalArgumentException(
                        "%s: the control character U+%04X at index %d; use another name".formatted(what, (int) c, i));
            }
        }
        return text.replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
    }

    /** The text between two parts, without the hyphens in front of it. */
    public String boundary() {
        String chosen = boundary.get();
        while (chosen == null) {
            String candidate = boundaries.get();
            boundary.compareAndSet(null, occurs(candidate) ? null : candidate);
            chosen = boundary.get();
        }
        return chosen;
    }

    private boolean occurs(String candidate) {
        byte[] searched = candidate.getBytes(StandardCharsets.ISO_8859_1);
        for (Part part : parts) {
            if (part.body instanceof BytesBody bytes && bytes.contains(searched)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String mediaType() {
        return "multipart/form-data; boundary=" + boundary();
    }

    private byte[] end() {
        return ("--" + boundary() + "--\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public long length() throws IOException {
        long length = end().length;
        for (Part part : parts) {
            long own = part.body.length();
            if (own < 0) {
                return -1;
            }
            length = Math.addExact(length, own + part.head(boundary()).length + LINE_END.length);
        }
        return length;
    }

    @Override
    public void writeTo(BodyOutput output) throws IOException {
        write(output, part -> {
            long from = output.accepted();
            long announced = part.length();
            part.writePartTo(output);
            output.requireLength(announced, from);
        });
    }

    @Override
    public void encodeTo(OutputStream encoder) throws IOException {
        write(encoder, part -> part.encodeTo(encoder));
    }

    @Override
    public void copyTo(OutputStream output) throws IOException {
        write(output, part -> part.copyTo(output));
    }

    private void write(OutputStream output, PartWriter writer) throws IOException {
        for (Part part : parts) {
            output.write(part.head(boundary()));
            writer.write(part.body);
            output.write(LINE_END);
        }
        output.write(end());
    }

    /** Writes the content of a part. */
    @FunctionalInterface
    private interface PartWriter {
        void write(OutgoingBody body) throws IOException;
    }

    @Override
    public boolean repeatable() {
        for (Part part : parts) {
            if (!part.body.repeatable()) {
                return false;
            }
        }
        return true;
    }

    /** Checks all parts first. If one part is refused, no other part counts as sent. */
    @Override
    public void requireUnsent(boolean begins) {
        for (Part part : parts) {
            part.body.requireUnsent(false);
        }
        if (begins) {
            for (Part part : parts) {
                part.body.requireUnsent(true);
            }
        }
    }

    @Override
    public boolean isUsed() {
        for (Part part : parts) {
            if (part.body.isUsed()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean mayBlock() {
        for (Part part : parts) {
            if (part.body.mayBlock()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void readBy(long deadline) {
        for (Part part : parts) {
            part.body.readBy(deadline);
        }
    }

    @Override
    public void abandon() {
        for (Part part : parts) {
            part.body.abandon();
        }
    }

    @Override
    public void release() throws IOException {
        IOException failure = null;
        for (Part part : parts) {
            try {
                part.body.release();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public String toString() {
        return "multipart of %d parts".formatted(parts.size());
    }
}
