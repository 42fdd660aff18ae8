package io.httpipe;

import io.httpipe.internal.policy.Codec;
import io.httpipe.internal.policy.ContentCoding;
import io.httpipe.internal.policy.DecodingRules;
import io.httpipe.internal.policy.UndecodableException;
import io.httpipe.internal.wire.FieldLines;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * Whether a client asks for compressed bodies and decodes them (RFC 9110, section 8.4). Immutable.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder().decoding(Decoding.ON).build();
 * String json = hp.get("https://api.test/users").text();
 * }
 *
 * <p>With {@link #ON}, each request without an {@code Accept-Encoding} of its own gets one, unless it has removed that
 * header or has a {@code Range}. The client decodes gzip and deflate, and the coding of each {@link ContentDecoder}
 * that it finds, such as br and zstd of {@code httpipe-brotli} and {@code httpipe-zstd}. It also decodes codings that
 * it did not ask for, up to five codings of one body.
 *
 * <p>A decoded response has neither {@code Content-Encoding} nor {@code Content-Length} in {@link Response#headers}.
 * {@link Response#wireHeaders} still has them. If one coding of a body is unknown, the body is not decoded at all. Then
 * the headers stay, {@link Response#text} throws {@link IllegalStateException}, and the last of {@link Response#hops}
 * says why. Responses to HEAD, and those with status 101, 204, 206 or 304, are not decoded.
 *
 * <p>Each read returns the decoded form of the bytes that have arrived. {@link Limits#maxBodySize},
 * {@link Request#maxBodySize} and {@link Limits#maxRatio} limit the decoded bytes. A body that cannot be decoded ends
 * the call with {@link DecodingException}. A {@link Pipe} forwards the encoded bytes. An {@link Interceptor} gets
 * decoded bodies. An {@link Exchange} decodes nothing.
 */
public final class Decoding {
    /** Does not ask for codings, and decodes nothing. This is the default. */
    public static final Decoding OFF = new Decoding(DecodingRules.OFF);

    /** Asks for all codings that the client can decode, and decodes them. */
    public static final Decoding ON = new Decoding(new DecodingRules(Decoding::load));

    private final DecodingRules rules;

    Decoding(DecodingRules rules) {
        this.rules = rules;
    }

    DecodingRules rules() {
        return rules;
    }

    /** The headers of a response whose body was decoded. */
    static Headers headers(FieldLines received) {
        return Headers.of(received.without("Content-Encoding").without("Content-Length"));
    }

    /** Finds the codings of other modules. If a module cannot be used, calls that do not need it must not fail. */
    private static List<ContentCoding> load() {
        List<ContentCoding> found = new ArrayList<>();
        Iterator<ContentDecoder> decoders = ServiceLoader.load(
                        ContentDecoder.class, ContentDecoder.class.getClassLoader())
                .iterator();
        while (true) {
            try {
                if (!decoders.hasNext()) {
                    return found;
                }
                found.add(new Provided(decoders.next()));
            } catch (ServiceConfigurationError e) {
                System.getLogger("io.httpipe").log(System.Logger.Level.WARNING, "a ContentDecoder cannot be used", e);
            }
        }
    }

    /** A coding of another module. Its codec is closed even if nobody closes the response. */
    private record Provided(String name, ContentDecoder decoder) implements ContentCoding {
        Provided(ContentDecoder decoder) {
            this(decoder.name(), decoder);
        }

        @Override
        public Codec open() throws IOException {
            ContentDecoder.Codec codec = decoder.open();
            return new ProvidedCodec(codec);
        }
    }

    private record ProvidedCodec(ContentDecoder.Codec codec) implements Codec {
        @Override
        public boolean decode(ByteBuffer in, ByteBuffer out) throws IOException {
            return codec.decode(in, out);
        }

        @Override
        public int kind(Exception failure) {
            if (!(failure instanceof ContentDecoder.CodecException known)) {
                return UndecodableException.MALFORMED;
            }
            return switch (known.reason()) {
                case MALFORMED -> UndecodableException.MALFORMED;
                case TRUNCATED -> UndecodableException.TRUNCATED;
                case TRAILING_DATA -> UndecodableException.TRAILING_DATA;
                case LIMIT -> UndecodableException.LIMIT;
                case WINDOW -> UndecodableException.WINDOW;
            };
        }

        @Override
        public void close() {
            codec.close();
        }
    }

    /** Returns the name of the constant. */
    @Override
    @SuppressWarnings("ReferenceEquality") // there are only two
    public String toString() {
        return rules == DecodingRules.OFF ? "OFF" : "ON";
    }
}
