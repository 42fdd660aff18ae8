package io.httpipe.examples;

import io.httpipe.Request;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Copies the fields of a message that goes on over another connection. Left behind are those that are about the first
 * one: RFC 9110, section 7.6.1. So are Content-Length, which is computed from the body, Host, which names the server
 * that is connected to, and Expect, which the JDK's server has fulfilled itself.
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

    /** The request with the fields that a server of the JDK's has received. */
    static Request copy(com.sun.net.httpserver.Headers from, Request to) {
        Set<String> left = leftBehind(from.getOrDefault("Connection", List.of()));
        Request request = to;
        for (Map.Entry<String, List<String>> field : from.entrySet()) {
            if (!left.contains(field.getKey())) {
                request = request.header(field.getKey(), field.getValue().toArray(String[]::new));
            }
        }
        return request;
    }

    /** Adds the fields of a response to that of a server of the JDK's. */
    static void copy(io.httpipe.Headers from, com.sun.net.httpserver.Headers to) {
        Set<String> left = leftBehind(from.all("Connection"));
        for (Map.Entry<String, String> line : from) {
            if (!left.contains(line.getKey())) {
                to.add(line.getKey(), line.getValue());
            }
        }
    }

    /** The names that may not go on, whatever their case; Connection lists those that the sender adds to them. */
    private static Set<String> leftBehind(List<String> connection) {
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
