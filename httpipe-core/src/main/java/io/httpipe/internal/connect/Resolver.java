package io.httpipe.internal.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Finds the addresses of a host. */
@FunctionalInterface
public interface Resolver {
    /** The JVM's own resolver, with its cache. No lambda: a JVM that has just started makes classes faster. */
    Resolver SYSTEM = new Resolver() {
        @Override
        public List<InetAddress> resolve(String host) throws UnknownHostException {
            return List.of(InetAddress.getAllByName(host));
        }
    };

    /** The addresses of a host in the order in which they are to be tried. */
    List<InetAddress> resolve(String host) throws UnknownHostException;

    /** Whether the host is an IPv4 or IPv6 literal, for which nobody needs to be asked. */
    static boolean isLiteral(String host) {
        if (host.indexOf(':') >= 0) {
            return true;
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if ((c < '0' || c > '9') && c != '.') {
                return false;
            }
        }
        return true;
    }

    /** The addresses, if they are found in time and the opening is not broken off meanwhile. */
    default List<InetAddress> resolveBy(String host, long expiresAt, CallTimeouts budget) throws IOException {
        if (isLiteral(host)) {
            return List.of(InetAddress.getByName(host));
        }
        // The JDK remembers for a while that a name was not found, even if it only lacked the descriptor to ask.
        NoDescriptorException.requireOne();
        DnsLookup lookup = new DnsLookup(this, host, this == SYSTEM ? DnsLookup.OF_THE_JDK : null);
        budget.opensWith(lookup);
        return lookup.find(expiresAt);
    }
}
