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
 * A request body of several parts, {@code multipart/form-data} (RFC 7578), like a form with files that a browser sends.
 *
 * {@snippet :
 * hp.request(Request.post(uri).body(Body.multipart()
 *         .text("title", "Our garden")
 *         .file("photo", Path.of("garden.jpg"))
 *         .part("raw", Body.of(in)).fileName("raw.bin").contentType("application/x-raw")));
 * }
 *
 * <p>Its methods return changed copies. The parts are sent in the order in which they were added, and a name may occur
 * more than once. {@code Content-Length} is sent if the lengths of all parts are known. The body can be sent again if
 * all parts can be sent again. A random boundary separates the parts; it does not occur in any part that is in memory.
 * The boundary is sent in {@code Content-Type}, unless the request has a {@code Content-Type} of its own.
 *
 * <p>Names and file names are sent as UTF-8. In them, {@code "} becomes {@code %22}, CR becomes {@code %0D} and LF
 * becomes {@code %0A} (WHATWG HTML, section 4.10.21.8). So no name can add a header or a part. All other control
 * characters except a tab cause an {@link IllegalArgumentException}. A backslash is sent unchanged, as browsers do.
 * Some servers read a backslash as an escape character. Such a server misreads a name that ends in a backslash or
 * contains two backslashes in a row.
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
     * {@return a copy with one more part: a text, encoded as UTF-8} The part has no {@code Content-Type}, as in
     * browsers.
     *
     * @param name  the name of the part
     * @param value the text; its line ends are sent unchanged
     */
    public Multipart text(String name, String value) {
        return part(name, Body.of(Arguments.encodable("value", value)));
    }

    /**
     * {@return a copy with one more part: a file} The last element of the path is sent as the file name. The content
     * type is the one that {@link Files#probeContentType} finds, or else {@code application/octet-stream}.
     *
     * @param name the name of the part
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
     * {@return a copy with one more part: any body} Without a {@link #fileName}, the part is a plain value, as with
     * {@link #text}.
     *
     * @param name the name of the part
     * @param body for example {@link Body#of(byte[])} or {@link Body#of(java.util.function.Supplier, long)}. If the
     *             body has a media type, as a form does, that is the content type of the part
     * @throws IllegalArgumentException if the body can be sent only once and is already a part of this multipart body,
     *                                  or if it comes from {@link Body#gzip}: servers do not decode parts, so compress
     *                                  the whole multipart body instead
     */
    public Multipart part(String name, Body body) {
        return new Multipart(content.with(
                named(name), null, null, Arguments.notNull("body", body).content()));
    }

    private static String named(String name) {
        return Arguments.notNull("name", name);
    }

    /**
     * {@return a copy whose last part has this file name} If neither {@link #contentType} nor the body sets a content
     * type, the content type of the part is {@code application/octet-stream}.
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
     * {@return the boundary between the parts} A request that sets its own {@code Content-Type}, such as
     * {@code multipart/mixed; boundary=...}, needs the boundary. Each changed copy has a different boundary.
     */
    public String boundary() {
        return content.boundary();
    }
}
