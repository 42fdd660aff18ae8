package io.httpipe.internal.policy;

import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.RecordedCall;
import io.httpipe.internal.call.RequestFields;
import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.ResponseHead;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides which content codings requests ask for, and which bodies are decoded. Thread-safe. */
public final class DecodingRules {
    /** No body is decoded. */
    public static final DecodingRules OFF = new DecodingRules(List::of);

    /** A body with more codings than this is refused. */
    static final int MAX_CODINGS = 5;

    private static final int PARTIAL_CONTENT = 206;

    private final Supplier<List<ContentCoding>> others;

    /** Created at first use, because finding the codings of other modules takes time. */
    private volatile @Nullable List<ContentCoding> codings;

    /** Accept-Encoding with the names of all codings. */
    private RequestFields accepted = RequestFields.NONE;

    /**
     * Rules that decode gzip, deflate and other codings.
     *
     * @param others called when the first request with these rules is sent; if several threads send at that moment,
     *               each of them may call it
     */
    public DecodingRules(Supplier<List<ContentCoding>> others) {
        this.others = others;
    }

    @SuppressWarnings("ReferenceEquality") // there is only one such object
    boolean isOff() {
        return this == OFF;
    }

    private List<ContentCoding> codings() {
        List<ContentCoding> known = codings;
        if (known == null) {
            List<ContentCoding> all = new ArrayList<>(List.of(new BuiltInCoding(true), new BuiltInCoding(false)));
            for (ContentCoding other : others.get()) {
                if (find(other.name(), all) == null) {
                    all.add(other);
                }
            }
            StringBuilder names = new StringBuilder();
            for (ContentCoding coding : all) {
                names.append(names.isEmpty() ? "" : ", ").append(coding.name());
            }
            accepted = RequestFields.NONE.replacing("Accept-Encoding", false, names.toString());
            known = List.copyOf(all);
            codings = known;
        }
        return known;
    }

    /** Returns a request that asks for all codings, unless the caller has decided what to ask for. */
    Outgoing dress(Outgoing request) {
        codings();
        // If the server encoded the body, the range would be a part of the encoded bytes.
        return request.fields().contains("Range") ? request : request.withDefaults(accepted);
    }

    private static @Nullable ContentCoding find(String name, List<ContentCoding> codings) {
        // RFC 9110, section 8.4.1.3
        String wanted = name.equalsIgnoreCase("x-gzip") ? "gzip" : name;
        for (ContentCoding coding : codings) {
            if (coding.name().equalsIgnoreCase(wanted)) {
                return coding;
            }
        }
        return null;
    }

    /** The codings of a body, in the order in which they were applied (RFC 9110, section 8.4). */
    static List<String> names(FieldLines fields) {
        List<String> names = new ArrayList<>();
        for (String name : fields.members("Content-Encoding")) {
            if (!name.isEmpty() && !name.equalsIgnoreCase("identity")) {
                names.add(name);
            }
        }
        return names;
    }

    /**
     * Returns a source of the decoded body of a response. Null if there is nothing to decode, or if a coding is
     * unknown. Records an unknown coding in the attempt.
     *
     * @param maxRatio the limit of decoded bytes for each encoded byte
     */
    @Nullable
    DecodedSource decoded(String method, ResponseHead head, RecordedCall call, Attempt attempt, int maxRatio)
            throws CallFailedException {
        if (head.fields().indexOf("Content-Encoding", 0) < 0
                || method.equals("HEAD")
                || head.status() == 101
                || head.status() == 204
                || head.status() == 304
                || head.status() == PARTIAL_CONTENT) {
            return null;
        }
        List<String> names = names(head.fields());
        if (names.size() > MAX_CODINGS) {
            throw call.failedWithin(new UndecodableException(
                    UndecodableException.LIMIT,
                    names.getFirst(),
                    "the body has %d content codings, more than %d".formatted(names.size(), MAX_CODINGS),
                    null));
        }
        List<ContentCoding> found = new ArrayList<>(names.size());
        for (String name : names) {
            ContentCoding coding = find(name, codings());
            if (coding == null) {
                attempt.remarked("not decoded: no decoder for " + Ascii.quote(name));
                return null;
            }
            found.add(coding);
        }
        // The codings are listed in the order in which they were applied, so the last one is undone first.
        DecodedSource source = null;
        for (ContentCoding coding : found.reversed()) {
            source = new DecodedSource(call, source, coding, maxRatio);
        }
        return source;
    }
}
