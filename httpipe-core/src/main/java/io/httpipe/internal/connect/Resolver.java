package io.httpipe.internal.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Finds the addresses of a host. */
@FunctionalInterface
public interface Resolver {
    /**
     * The JVM's own resolver, with its cache. It is a class, because a class loads faster than a lambda in a JVM that
     * has just started.
     */
    Resolver SYSTEM = new Resolver() {
        @Override
        public List<InetAddress> resolve(String host) throws UnknownHostException {
            return List.of(InetAddress.getAllByName(host));
        }
    };

    /** Returns the addresses of a host in the order in which to try them. */
    List<InetAddress> resolve(String host) throws UnknownHostException;

    /** Whether the host is an IPv4 or IPv6 literal, which needs no lookup. */
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

    /**
     * Returns the addresses. Fails if the time is over, or {@link CallTimeouts#abortOpening} is called, before they are
     * found.
     */
    default List<InetAddress> resolveBy(String host, long expiresAt, CallTimeouts timeouts) throws IOException {
        if (isLiteral(host)) {
            return List.of(InetAddress.getByName(host));
        }
        // If a query fails because no descriptor is free, the JDK caches the host as unknown for a while.
        NoDescriptorException.requireOne();
        DnsLookup lookup = new DnsLookup(this, host, this == SYSTEM ? DnsLookup.SYSTEM_SLOTS : null);
        timeouts.closeOnAbort(lookup);
        return lookup.find(expiresAt);
    }
}
