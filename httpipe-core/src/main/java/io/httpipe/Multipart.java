package io.httpipe;

import io.httpipe.internal.call.MultipartBody;
import io.httpipe.internal.call.OutgoingBody;
import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request body of several parts, {@code multipart/form-data} (RFC 7578), as a browser sends a form with files.
 *
 * {@snippet :
 * hp.request(Request.post(uri).body(Body.multipart()
 *         .text("title", "Our garden")
 *         .file("photo", Path.of("garden.jpg"))
 *         .part("raw", Body.of(in)).fileName("raw.bin").contentType("application/x-raw")));
 * }
 *
 * <p>Its methods return changed copies. The parts are sent in the order in which they were added, and a name may occur
 * more than once. {@code Content-Length} is set if all parts know their length. The body can be sent again if all parts
 * can be. A random boundary separates the parts; it does not occur in any part that is in memory. {@code Content-Type}
 * is sent with that boundary, unless the request has a {@code Content-Type} of its own.
 *
 * <p>Names and file names are sent as UTF-8. In them, {@code "} becomes {@code %22}, CR becomes {@code %0D} and LF
 * becomes {@code %0A} (WHATWG HTML, section 4.10.21.8). So no name can add a header or a part. Other control characters
 * except a tab are refused with an {@link IllegalArgumentException}. A backslash is sent as it is, as by browsers. Some
 * servers read a backslash as an escape. They misread a name that ends in a backslash or has two in a row.
 *
 * <p>Immutable. Thread-safe if the parts are.
 */
public final class Multipart extends Body {
    private final MultipartBody content;

    private Multipart(MultipartBody content) {
        super(content);
        this.content = content;
    }

    /** Returns a body without parts that takes its boundary from this source. */
    static Multipart with(Supplier<String> boundaries) {
        return new Multipart(new MultipartBody(boundaries));
    }

    /**
     * {@return a copy with one more part: a text, encoded as UTF-8} It has no {@code Content-Type}, as in browsers.
     *
     * @param name  of the part
     * @param value line ends are sent as they are
     */
    public Multipart text(String name, String value) {
        return part(name, Body.of(Arguments.encodable("value", value)));
    }

    /**
     * {@return a copy with one more part: a file} The part has the name of the file, and the content type that
     * {@link Files#probeContentType} finds, or else {@code application/octet-stream}.
     *
     * @param name of the part
     * @param file as for {@link Body#of(Path)}
     */
    public Multipart file(String name, Path file) {
        OutgoingBody body = Body.of(file).content();
        Path fileName = file.getFileName();
        return new Multipart(
                content.with(named(name), fileName == null ? "" : fileName.toString(), contentType(file), body));
    }

    private static @Nullable String contentType(Path file) {
        try {
            return Files.probeContentType(file);
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * {@return a copy with one more part: any body} Without a {@link #fileName}, it is a value like {@link #text}.
     *
     * @param name of the part
     * @param body for example {@link Body#of(byte[])} or {@link Body#of(java.util.function.Supplier, long)}. If it has a
     *             media type, as a form has, that is the content type of the part
     * @throws IllegalArgumentException if the body comes from {@link Body#gzip}, because servers do not decode parts;
     *                                  compress the whole multipart body
     */
    public Multipart part(String name, Body body) {
        return new Multipart(content.with(
                named(name), null, null, Arguments.notNull("body", body).content()));
    }

    private static String named(String name) {
        return Arguments.notNull("name", name);
    }

    /**
     * {@return a copy whose last part has this file name} Without a {@link #contentType}, the content type is then
     * {@code application/octet-stream}.
     *
     * @param fileName without folders
     * @throws IllegalStateException if there is no part
     */
    public Multipart fileName(String fileName) {
        return new Multipart(content.changed(Arguments.notNull("fileName", fileName), null));
    }

    /**
     * {@return a copy whose last part has this content type}
     *
     * @param contentType such as {@code application/json}, in ASCII
     * @throws IllegalStateException if there is no part
     */
    public Multipart contentType(String contentType) {
        return new Multipart(content.changed(null, Arguments.notNull("contentType", contentType)));
    }

    /**
     * {@return the boundary between the parts} A request needs it for a {@code Content-Type} of its own, such as
     * {@code multipart/mixed; boundary=...}. Each changed copy has another boundary.
     */
    public String boundary() {
        return content.boundary();
    }
}
