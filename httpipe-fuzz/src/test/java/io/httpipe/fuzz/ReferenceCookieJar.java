package io.httpipe.fuzz;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Follows RFC 6265bis, sections 5.1 to 5.8, step by step, with regular expressions and one list of all cookies. Has no
 * limit on the number of cookies.
 */
final class ReferenceCookieJar {
    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0a-\\x1f\\x7f]");
    private static final Pattern DELIMITERS = Pattern.compile("[\\t\\x20-\\x2f\\x3b-\\x40\\x5b-\\x60\\x7b-\\x7e]+");
    private static final Pattern TIME =
            Pattern.compile("([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?", Pattern.DOTALL);
    private static final Pattern DAY = Pattern.compile("([0-9]{1,2})(?:[^0-9].*)?", Pattern.DOTALL);
    private static final Pattern YEAR = Pattern.compile("([0-9]{2,4})(?:[^0-9].*)?", Pattern.DOTALL);
    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
    private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}|.*:.*");

    private final Set<String> suffixes;
    private final List<Cookie> cookies = new ArrayList<>();

    /** A cookie. If {@code expires} is null, it never expires. */
    record Cookie(
            String name,
            String value,
            String domain,
            boolean hostOnly,
            String path,
            @Nullable Instant expires,
            boolean secure,
            boolean httpOnly,
            String sameSite) {}

    /** The target of a request. */
    record Target(boolean secure, String host, String path) {}

    /** A jar that knows these public suffixes, besides all domains with one label. */
    ReferenceCookieJar(Set<String> suffixes) {
        this.suffixes = suffixes;
    }

    /** Keeps the cookie of a Set-Cookie value. Returns whether the cookie was accepted. */
    boolean set(Target from, String text, Instant now) {
        String[] parts = text.split(";", -1);
        Map<String, String> attributes = new TreeMap<>();
        for (int i = 1; i < parts.length; i++) {
            String[] pair = parts[i].split("=", 2);
            String value = pair.length == 1 ? "" : trim(pair[1]);
            String name = trim(pair[0]).toLowerCase(Locale.ROOT);
            boolean ignored = value.length() > 1024
                    || name.equals("max-age") && !value.matches("-?[0-9]+")
                    || name.equals("expires") && date(value) == null;
            if (!ignored) {
                attributes.put(name, value);
            }
        }
        String[] pair = parts[0].split("=", 2);
        String name = pair.length == 1 ? "" : trim(pair[0]);
        String value = trim(pair[pair.length - 1]);
        if (CONTROL.matcher(text).find() || (name + value).isEmpty() || (name + value).length() > 4096) {
            return false;
        }
        String domain =
                attributes.getOrDefault("domain", "").replaceFirst("^\\.", "").toLowerCase(Locale.ROOT);
        if (!domain.isEmpty()
                && (isSuffix(domain) || ADDRESS.matcher(from.host).matches() || from.host.endsWith("."))) {
            if (!domain.equals(from.host)) {
                return false;
            }
            domain = "";
        }
        if (!domain.isEmpty() && !domainMatches(from.host, domain)) {
            return false;
        }
        String path = attributes.get("path");
        boolean secure = attributes.containsKey("secure");
        boolean httpOnly = attributes.containsKey("httponly");
        Cookie cookie = new Cookie(
                name,
                value,
                domain.isEmpty() ? from.host : domain,
                domain.isEmpty(),
                path == null || !path.startsWith("/") ? defaultPath(from.path) : path,
                expires(attributes, now),
                secure,
                httpOnly,
                sameSite(attributes.get("samesite")));
        if (secure && !from.secure || !mayHaveItsName(cookie, path != null)) {
            return false;
        }
        cookies.removeIf(each -> each.expires != null && !each.expires.isAfter(now));
        if (!secure && !from.secure && cookies.stream().anyMatch(each -> hides(each, cookie))) {
            return false;
        }
        int old = 0;
        while (old < cookies.size() && !identity(cookies.get(old)).equals(identity(cookie))) {
            old++;
        }
        if (old < cookies.size()) {
            cookies.set(old, cookie);
        } else {
            cookies.add(cookie);
        }
        cookies.removeIf(each -> each.expires != null && !each.expires.isAfter(now));
        return true;
    }

    private static boolean mayHaveItsName(Cookie cookie, boolean hasPath) {
        if (cookie.sameSite.equals("None") && !cookie.secure) {
            return false;
        }
        String name = cookie.name.toLowerCase(Locale.ROOT);
        boolean hostLike = cookie.hostOnly && hasPath && cookie.path.equals("/");
        if (name.isEmpty()) {
            return !cookie.value.toLowerCase(Locale.ROOT).matches("(?s)__(secure|http|host|host-http)-.*");
        }
        return (!name.matches("(?s)__(secure|http|host|host-http)-.*") || cookie.secure)
                && (!name.matches("(?s)__(http|host-http)-.*") || cookie.httpOnly)
                && (!name.matches("(?s)__(host|host-http)-.*") || hostLike);
    }

    /** A cookie for a public suffix itself belongs to another site than the cookies for the domains below it. */
    private boolean hides(Cookie old, Cookie cookie) {
        boolean sameSite = old.domain.equals(cookie.domain) || !isSuffix(old.domain) && !isSuffix(cookie.domain);
        return sameSite
                && old.secure
                && old.name.equals(cookie.name)
                && (domainMatches(old.domain, cookie.domain) || domainMatches(cookie.domain, old.domain))
                && pathMatches(cookie.path, old.path);
    }

    private static List<Object> identity(Cookie cookie) {
        return List.of(cookie.name, cookie.domain, cookie.hostOnly, cookie.path);
    }

    private static @Nullable Instant expires(Map<String, String> attributes, Instant now) {
        Instant latest = now.plus(Duration.ofDays(400));
        String age = attributes.get("max-age");
        if (age != null) {
            boolean longer = age.replaceFirst("^0+", "").length() > 8;
            Instant end = age.startsWith("-")
                    ? now
                    : longer ? latest : now.plusSeconds(Long.parseLong(age.replaceFirst("^0+(?=.)", "")));
            return end.isAfter(latest) ? latest : end;
        }
        String date = attributes.get("expires");
        Instant end = date == null ? null : date(date);
        return end == null ? null : end.isAfter(latest) ? latest : end;
    }

    private static String sameSite(@Nullable String text) {
        return text == null
                ? ""
                : switch (text.toLowerCase(Locale.ROOT)) {
                    case "strict" -> "Strict";
                    case "lax" -> "Lax";
                    case "none" -> "None";
                    default -> "";
                };
    }

    /** Parses a date (section 5.1.1). Returns the start of 1970 for an earlier date; null if the text is not a date. */
    static @Nullable Instant date(String text) {
        Matcher time = null;
        int day = -1;
        int month = -1;
        int year = -1;
        for (String token : DELIMITERS.split(text)) {
            Matcher dayToken = DAY.matcher(token);
            Matcher yearToken = YEAR.matcher(token);
            String start = token.substring(0, Math.min(3, token.length())).toLowerCase(Locale.ROOT);
            if (time == null && TIME.matcher(token).matches()) {
                time = TIME.matcher(token);
            } else if (day < 0 && dayToken.matches()) {
                day = Integer.parseInt(dayToken.group(1));
            } else if (month < 0 && MONTHS.contains(start)) {
                month = MONTHS.indexOf(start) + 1;
            } else if (year < 0 && yearToken.matches()) {
                year = Integer.parseInt(yearToken.group(1));
            }
        }
        if (time == null || !time.matches() || month < 0 || year < 0) {
            return null;
        }
        year += year < 70 ? 2000 : year < 100 ? 1900 : 0;
        try {
            Instant date = LocalDateTime.of(
                            year,
                            month,
                            day,
                            Integer.parseInt(time.group(1)),
                            Integer.parseInt(time.group(2)),
                            Integer.parseInt(time.group(3)))
                    .toInstant(ZoneOffset.UTC);
            return year < 1601 ? null : date.isBefore(Instant.EPOCH) ? Instant.EPOCH : date;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** The cookies for a request, in the order of its Cookie header. */
    List<Cookie> matching(Target to, boolean crossSite, boolean safe, Instant now) {
        return cookies.stream()
                .filter(each -> each.expires == null || each.expires.isAfter(now))
                .filter(each -> each.hostOnly ? each.domain.equals(to.host) : domainMatches(to.host, each.domain))
                .filter(each -> pathMatches(to.path, each.path))
                .filter(each -> to.secure || !each.secure)
                .filter(each -> !crossSite || each.sameSite.equals("None") || safe && !each.sameSite.equals("Strict"))
                // The sort is stable, and the list is in the order of creation.
                .sorted(Comparator.comparing(each -> -each.path.length()))
                .toList();
    }

    /** The Cookie header of a request; null for none. */
    @Nullable
    String header(Target to, boolean crossSite, boolean safe, Instant now) {
        List<Cookie> matching = matching(to, crossSite, safe, now);
        return matching.isEmpty()
                ? null
                : matching.stream()
                        .map(each -> each.name.isEmpty() ? each.value : each.name + "=" + each.value)
                        .collect(Collectors.joining("; "));
    }

    private boolean isSuffix(String domain) {
        return !domain.contains(".") || suffixes.contains(domain);
    }

    private static boolean domainMatches(String host, String domain) {
        return host.equals(domain)
                || host.matches("(?s).+\\." + Pattern.quote(domain))
                        && !ADDRESS.matcher(host).matches()
                        && !host.endsWith(".");
    }

    private static boolean pathMatches(String path, String cookiePath) {
        String folder = cookiePath.endsWith("/") ? cookiePath : cookiePath + "/";
        return path.equals(cookiePath) || path.startsWith(folder);
    }

    private static String defaultPath(String path) {
        String folder = path.replaceFirst("/[^/]*$", "");
        return folder.isEmpty() ? "/" : folder;
    }

    private static String trim(String text) {
        return text.replaceAll("^[ \\t]+|[ \\t]+$", "");
    }
}
