package io.httpipe;

import io.httpipe.internal.policy.CookieFile;
import io.httpipe.internal.policy.CookieJar;
import io.httpipe.internal.policy.Cookies;
import io.httpipe.internal.policy.StoredCookie;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the cookies that servers set, and returns them to those servers (RFC 6265bis).
 *
 * {@snippet :
 * CookieStore cookies = CookieStore.inMemory();
 * Httpipe hp = Httpipe.builder().cookies(cookies).redirects(Redirects.NORMAL).build();
 * hp.request(Request.post("https://shop.example/login").body(Body.of("user=me&password=" + password)));
 * hp.get("https://shop.example/basket"); // with the cookies of the login
 * cookies.save(Path.of("cookies.jsonl"));
 * }
 *
 * <p>Each response of a call can set cookies: also a redirect, a 401, and an informational response such as 103. But a
 * 407 of a proxy sets no cookies. A cookie with an expiry time is kept for at most 400 days. The name and value of a
 * cookie have at most 4096 bytes together. A site, such as {@code shop.example} with its subdomains, has at most 180
 * cookies, and all sites together have at most 3,000. If there are more, the store removes expired cookies first, and
 * then the cookie that has not been used for the longest time. Within a site, it removes cookies that are not
 * {@code Secure} before those that are.
 *
 * <p>A store without {@link PublicSuffixes} refuses cookies for domains with one label, such as {@code com}, but not
 * those for {@code co.uk}. A browser would refuse both. Use {@link #inMemory(PublicSuffixes)} if a client calls servers
 * of several parties.
 *
 * <p>Several clients can share a store. Thread-safe.
 */
public final class CookieStore {
    private final CookieJar jar;

    /** The current time. */
    private final InstantSource clock;

    private CookieStore(@Nullable PublicSuffixes suffixes, InstantSource clock) {
        this.jar = new CookieJar(suffixes == null ? null : suffixes::isPublicSuffix, clock::millis);
        this.clock = clock;
    }

    /**
     * Receives refused cookies. It is called on the thread of the call, or on the thread that calls {@link #add} or
     * {@link #load}. It must be thread-safe and quick.
     */
    @FunctionalInterface
    public interface RefusalListener {
        /**
         * Called once for each refused cookie.
         *
         * @param origin the origin of the request, such as {@code https://shop.example}. For {@link CookieStore#load}
         *               it is the domain of the cookie, after {@code https://} if the cookie is {@code Secure},
         *               otherwise after {@code http://}
         * @param name   the first 60 characters of the name; control characters are replaced
         * @param reason one line; it does not show the value of the cookie
         */
        void refused(String origin, String name, String reason);
    }

    /** {@return an empty store without a list of public suffixes} */
    public static CookieStore inMemory() {
        return new CookieStore(null, InstantSource.system());
    }

    /**
     * {@return an empty store that refuses cookies for public suffixes}
     *
     * @param suffixes thread-safe and quick
     */
    public static CookieStore inMemory(PublicSuffixes suffixes) {
        return new CookieStore(Arguments.notNull("suffixes", suffixes), InstantSource.system());
    }

    /**
     * {@return an empty store with a clock of its own, for tests of cookies that expire}
     *
     * @param suffixes as for {@link #inMemory(PublicSuffixes)}; {@code domain -> false} for none
     * @param clock    tells when a cookie expires; thread-safe
     */
    public static CookieStore inMemory(PublicSuffixes suffixes, InstantSource clock) {
        return new CookieStore(Arguments.notNull("suffixes", suffixes), Arguments.notNull("clock", clock));
    }

    /**
     * Sets the listener for refused cookies, and replaces an earlier one. There is none by default.
     *
     * @param listener thread-safe; an exception that it throws ends the call
     * @return this store
     */
    public CookieStore onRefused(RefusalListener listener) {
        jar.onRefused(Arguments.notNull("listener", listener)::refused);
        return this;
    }

    /**
     * Adds a cookie as if a server had set it.
     *
     * {@snippet :
     * cookies.add("https://shop.example/", "session=" + id + "; Path=/; Secure; HttpOnly");
     * }
     *
     * @param uri       the URI of the request that the server would have answered
     * @param setCookie the value of {@code Set-Cookie}
     * @return this store
     * @throws IllegalArgumentException if an argument is null or the cookie is refused; the message does not show its
     *                                  value
     */
    public CookieStore add(String uri, String setCookie) {
        ParsedUri parsed = UriParser.parseToSend(uri);
        String why = jar.set(Origin.of(parsed), parsed.path(), Arguments.notNull("setCookie", setCookie));
        if (why != null) {
            throw new IllegalArgumentException("setCookie: " + Origin.of(parsed) + " cannot set this cookie: " + why);
        }
        return this;
    }

    /** {@return all cookies that have not expired, in the order in which they were first set} */
    public List<Cookie> all() {
        List<Cookie> all = new ArrayList<>();
        for (StoredCookie cookie : jar.all()) {
            all.add(Cookie.of(cookie));
        }
        return List.copyOf(all);
    }

    /**
     * Removes cookies.
     *
     * @param condition called once for each cookie
     */
    public void removeIf(Predicate<Cookie> condition) {
        Arguments.notNull("condition", condition);
        Set<StoredCookie> removed = new HashSet<>();
        for (StoredCookie cookie : jar.all()) {
            if (condition.test(Cookie.of(cookie))) {
                removed.add(cookie);
            }
        }
        jar.remove(removed);
    }

    /**
     * Saves all cookies, also those without an expiry time: one JSON object on each line. The cookies are written to a
     * temporary file in the same folder. Then the temporary file is moved to {@code file}. So no reader sees an
     * incomplete file. If the file system has POSIX permissions, only the owner may read the file.
     *
     * @param file replaced if it exists
     * @throws IOException if the file cannot be written; an existing file is then unchanged
     */
    public void save(Path file) throws IOException {
        CookieFile.write(Arguments.notNull("file", file), jar.all());
    }

    /**
     * Adds the cookies of a file that {@link #save} has written. They replace cookies with the same name, domain, path
     * and {@link Cookie#hostOnly}. Expired cookies are skipped, and so are those that this store refuses, for example
     * because its public suffixes have changed.
     *
     * @param file at most 3,000 lines
     * @throws IOException if the file cannot be read or a line is malformed; the store is then unchanged
     */
    public void load(Path file) throws IOException {
        jar.restore(CookieFile.read(Arguments.notNull("file", file), clock.millis()));
    }

    Cookies cookies() {
        return jar;
    }

    /** Returns the number of cookies. */
    @Override
    public String toString() {
        return "CookieStore[" + jar.all().size() + " cookies]";
    }
}
