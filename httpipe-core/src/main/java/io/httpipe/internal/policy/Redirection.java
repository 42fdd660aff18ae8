package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.RequestFields;
import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.UriParser;
import io.httpipe.internal.wire.UriReference;
import java.io.IOException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides about the redirects of one journey (RFC 9110, section 15.4). Each next request starts from the caller's own
 * request, so that cookies and credentials that were added for one origin do not reach another. For one thread.
 */
final class Redirection {
    private final RedirectRules rules;
    private final Outgoing own;
    private final @Nullable JourneyCookies cookies;
    private final Set<String> visited = new HashSet<>();
    private int hops;
    private String method;
    private boolean bodyDropped;

    /**
     * Whether the next request, or one before it, goes to an origin that is not trusted. That origin and all later
     * targets, which it may have chosen, get no trailers, and only those headers of the caller that any origin may get.
     */
    private boolean leftTrust;

    private String reason = "";

    /** Follows the redirects of the caller's own request. */
    Redirection(RedirectRules rules, Outgoing own, @Nullable JourneyCookies cookies) {
        this.rules = rules;
        this.own = own;
        this.cookies = cookies;
        this.method = own.method();
    }

    /** Why the last redirect was followed or not. */
    String reason() {
        return reason;
    }

    /**
     * Returns the next request; null if the response is not a redirect to follow.
     *
     * @param current the request that was redirected
     */
    @Nullable
    Outgoing after(Outgoing current, ResponseHead head) throws IOException {
        reason = "";
        if (rules.maxHops() == 0) {
            return null;
        }
        return switch (head.status()) {
            case 301, 302, 303, 307, 308 -> follow(current, head);
            default -> null;
        };
    }

    private @Nullable Outgoing follow(Outgoing current, ResponseHead head) throws IOException {
        FieldLines fields = head.fields();
        String location = fields.first("Location");
        if (location == null) {
            return stay("there is no Location");
        }
        for (int i = fields.indexOf("Location", 0); i >= 0; i = fields.indexOf("Location", i + 1)) {
            if (!fields.value(i).equals(location)) {
                throw refused(head, "it has several values of Location");
            }
        }
        String scheme = UriReference.scheme(location);
        if (scheme != null && !scheme.equals("http") && !scheme.equals("https")) {
            return stay("the scheme is " + Ascii.quote(scheme));
        }
        ParsedUri from = current.parsedUri();
        ParsedUri target = resolve(from, location, head);
        if (from.secure() && !target.secure()) {
            return stay("it leads from https to http");
        }
        if (rules.sameOrigin() && !isAt(current, target)) {
            return stay("it leads to another origin");
        }
        String nextMethod = methodAfter(head.status());
        boolean dropsBody = bodyDropped || head.status() == 303 || !nextMethod.equals(method);
        if (!dropsBody && !own.canSendBody()) {
            return stay("the body cannot be sent again");
        }
        method = nextMethod;
        bodyDropped = dropsBody;
        return next(current, target, head);
    }

    private static ParsedUri resolve(ParsedUri from, String location, ResponseHead head)
            throws RedirectRefusedException {
        try {
            return UriReference.resolve(from, location);
        } catch (IllegalArgumentException e) {
            throw refused(head, "Location: " + e.getMessage());
        }
    }

    private @Nullable Outgoing stay(String why) {
        reason = "not followed: " + why;
        return null;
    }

    private Outgoing next(Outgoing current, ParsedUri target, ResponseHead head) throws IOException {
        String origin = UriParser.origin(target.scheme(), target.host(), target.port());
        boolean atOwn = isAt(own, target);
        leftTrust |= !atOwn && !rules.trusted().contains(Origin.of(target));
        Outgoing next = own.withMethod(method).withFields(fields(atOwn));
        next = atOwn ? next.withTarget(target.path(), target.query(), target.fragment()) : next.toOtherHost(target);
        if (leftTrust) {
            next = next.withTrailers(null);
            next = atOwn ? next : next.withTls(null);
        }
        if (bodyDropped) {
            next = next.withoutBody();
        }
        visited.add(key(current.method(), current.parsedUri(), cookies == null ? null : cookies.sent()));
        if (visited.contains(key(method, target, cookies == null ? null : cookies.ofRedirected(next)))) {
            throw refused(head, "it is a loop back to %s%s".formatted(origin, target.path()));
        }
        if (++hops > rules.maxHops()) {
            throw refused(head, "it would be more than %d redirects".formatted(rules.maxHops()));
        }
        reason = "%d to %s%s".formatted(head.status(), origin, isAt(current, target) ? "" : ", another origin");
        return next;
    }

    private String methodAfter(int status) {
        boolean becomesGet = switch (status) {
            case 301, 302 -> method.equals("POST");
            case 303 -> !method.equals("HEAD");
            default -> false;
        };
        return becomesGet ? "GET" : method;
    }

    /** The headers of the next request. */
    private RequestFields fields(boolean atOwn) {
        return own.requestFields().keeping(name -> {
            if (CrossOriginHeaders.isOfBody(name)) {
                return !bodyDropped && (!leftTrust || own.body() != null);
            }
            if (name.equalsIgnoreCase("Host")) {
                return atOwn;
            }
            return !leftTrust
                    || CrossOriginHeaders.isHarmless(name)
                    || rules.carried().contains(name.toLowerCase(Locale.ROOT));
        });
    }

    /** Whether a URI has the origin of the request's own URI, or the origin that the request's Host header names. */
    private static boolean isAt(Outgoing request, ParsedUri uri) {
        if (request.secure() != uri.secure()) {
            return false;
        }
        String host = request.fields().first("Host");
        return request.origin().equals(Origin.of(uri))
                || host != null
                        && !host.isEmpty()
                        && Origin.parse("Host", uri.scheme() + "://" + host).equals(Origin.of(uri));
    }

    /** Returns the method, the URI without its fragment, and the cookies. The same key again shows a loop. */
    private static String key(String method, ParsedUri uri, @Nullable String sentCookies) {
        String query = uri.query() == null ? "" : "?" + uri.query();
        String text = method + " " + UriParser.origin(uri.scheme(), uri.host(), uri.port()) + uri.path() + query;
        return sentCookies == null ? text : text + " " + sentCookies;
    }

    private static RedirectRefusedException refused(ResponseHead head, String why) {
        return new RedirectRefusedException("redirect %d refused: %s".formatted(head.status(), why));
    }
}
