package io.httpipe.examples;

/** The requests of the samples, as the echo server returns them. */
final class Echoed {
    private Echoed() {}

    static String get(String target, EchoServer server) {
        return "GET " + target + " HTTP/1.1\r\nHost: " + host(server) + "\r\n"
                + "Accept: */*\r\nUser-Agent: httpipe/0.1\r\n\r\n";
    }

    static String post(String lengthLine, EchoServer server) {
        return "POST /echo HTTP/1.1\r\nHost: " + host(server) + "\r\n" + "Accept: */*\r\n" + lengthLine
                + "\r\nUser-Agent: httpipe/0.1\r\n\r\n";
    }

    /** A request with these headers, as it arrives behind the proxy. */
    static String proxied(String methodAndTarget, String headersAfterAccept, EchoServer server) {
        return methodAndTarget + " HTTP/1.1\r\nHost: " + host(server) + "\r\nAccept: */*\r\n" + headersAfterAccept
                + "User-Agent: httpipe/0.1\r\nVia: 1.1 httpipe-examples\r\n\r\n";
    }

    static String host(EchoServer server) {
        return server.base().substring("http://".length());
    }
}
