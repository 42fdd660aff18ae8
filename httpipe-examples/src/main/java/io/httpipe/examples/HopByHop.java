package io.httpipe.examples;

import io.httpipe.Request;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Copies the header fields of a message to the next connection, except those that are only about the connection on
 * which the message arrived (RFC 9110, section 7.6.1). It also leaves out three other fields: Content-Length is
 * computed from the body, Host names the next server, and the JDK's server handles Expect itself.
 */
final class HopByHop {
    private static final Set<String> ALWAYS = Set.of(
            "Connection",
            "Content-Length",
            "Expect",
            "Host",
            "Keep-Alive",
            "Proxy-Connection",
            "TE",
            "Transfer-Encoding",
            "Upgrade");

    private HopByHop() {}

    /** Returns the request with the fields that the JDK's server has received. */
    static Request copy(com.sun.net.httpserver.Headers from, Request to) {
        Set<String> leftOut = leftOut(from.getOrDefault("Connection", List.of()));
        Request request = to;
        for (Map.Entry<String, List<String>> field : from.entrySet()) {
            if (!leftOut.contains(field.getKey())) {
                request = request.header(field.getKey(), field.getValue().toArray(String[]::new));
            }
        }
        return request;
    }

    /** Adds the fields of a response to the response of the JDK's server. */
    static void copy(io.httpipe.Headers from, com.sun.net.httpserver.Headers to) {
        Set<String> leftOut = leftOut(from.all("Connection"));
        for (Map.Entry<String, String> line : from) {
            if (!leftOut.contains(line.getKey())) {
                to.add(line.getKey(), line.getValue());
            }
        }
    }

    /** The field names to leave out, including those in Connection. Lookups ignore case. */
    private static Set<String> leftOut(List<String> connection) {
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        names.addAll(ALWAYS);
        for (String value : connection) {
            for (String name : value.split(",", -1)) {
                names.add(name.strip());
            }
        }
        return names;
    }
}
