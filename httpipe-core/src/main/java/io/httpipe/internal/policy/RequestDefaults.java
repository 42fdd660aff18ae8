package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.RequestFields;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.UriParser;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Adds the defaults of a client to a request: the start of its URI, and headers that the request does not have. A
 * second addition changes nothing. Immutable.
 *
 * @param base       the start of the URI for requests with only a path; null if there is none
 * @param headers    default headers; with a base, other origins get only those that hold no secrets
 * @param exactNames whether header names are sent and reported exactly as they are spelled
 */
public record RequestDefaults(@Nullable ParsedUri base, RequestFields headers, boolean exactNames) {
    /** Without a base, default headers go to every origin, so they must not hold credentials. */
    private static final Set<String> SECRET = Set.of("Authorization", "Cookie", "Proxy-Authorization");

    public RequestDefaults {
        for (String name : SECRET) {
            if (base == null && headers.lines().contains(name)) {
                throw new IllegalArgumentException(
                        "header: %s would go to every origin; use credentials(...), or set baseUri(...) too"
                                .formatted(name));
            }
        }
    }

    /** Parses the base of a client. Drops one slash at the end of its path. */
    public static ParsedUri parseBase(String baseUri) {
        ParsedUri base = UriParser.parseToSend(Arguments.notNull("baseUri", baseUri));
        if (base.query() != null || base.fragment() != null) {
            throw new IllegalArgumentException("baseUri: it has a query or fragment, which no request could keep");
        }
        String path =
                base.path().endsWith("/") ? base.path().substring(0, base.path().length() - 1) : base.path();
        return new ParsedUri(base.scheme(), base.host(), base.port(), path, null, null);
    }

    /** Returns a request with these defaults. */
    public Outgoing addTo(Outgoing request) {
        Outgoing complete = request;
        if (base != null && !request.hasHost()) {
            complete = request.withUri(new ParsedUri(
                    base.scheme(),
                    base.host(),
                    base.port(),
                    base.path() + request.path(),
                    request.query(),
                    request.fragment()));
        }
        boolean own = base == null || complete.origin().equals(Origin.of(base));
        RequestFields given = complete.requestFields();
        // The media type of the body, which may have a boundary, takes precedence over a default Content-Type.
        boolean typed = complete.body() != null && complete.body().mediaType() != null;
        RequestFields all = given.withDefaults(
                headers,
                name -> (own || CrossOriginHeaders.isHarmless(name))
                        && !(typed && name.equalsIgnoreCase("Content-Type")));
        complete = all.lines().size() == given.lines().size() ? complete : complete.withFields(all);
        return exactNames ? complete.withExactNames() : complete;
    }
}
