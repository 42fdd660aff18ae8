package io.httpipe.internal.connect;

import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A proxy, and how connections go through it. It is a part of the key of a connection, so connections through different
 * proxies, or with different credentials, are never shared. Immutable and thread-safe.
 */
public final class ProxyIdentity {
    /** How a connection goes through the proxy. */
    public enum Kind {
        /** Requests name their origin (RFC 9112, section 3.2.2). All origins share the connections. */
        FORWARD,
        /** The proxy connects to one origin and passes on bytes (RFC 9110, section 9.3.6). */
        TUNNEL,
        /** The same, with the protocol of RFC 1928. */
        SOCKS5
    }

    private final Kind kind;
    private final InetSocketAddress address;
    private final @Nullable TlsSettings tls;
    private final FieldLines fields;

    /** The fields as text, for comparisons. */
    private final String fieldText;

    private final @Nullable ProxyLogin login;
    private final @Nullable ProxyIdentity tunnel;
    private final int hash;

    /**
     * Creates an identity.
     *
     * @param address with an unresolved host name
     * @param tls     the settings for TLS with the proxy itself; null for plain text
     * @param fields  fields of CONNECT, and of requests that name their origin
     * @param login   null for none
     */
    public ProxyIdentity(
            Kind kind,
            InetSocketAddress address,
            @Nullable TlsSettings tls,
            FieldLines fields,
            @Nullable ProxyLogin login) {
        this.kind = kind;
        this.address = address;
        this.tls = tls;
        this.fields = fields;
        this.login = login;
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < fields.size(); i++) {
            text.append(fields.name(i)).append(':').append(fields.value(i)).append('\n');
        }
        this.fieldText = text.toString();
        this.tunnel = kind == Kind.FORWARD ? new ProxyIdentity(Kind.TUNNEL, address, tls, fields, login) : null;
        this.hash = Objects.hash(kind, address, fieldText, login);
    }

    public Kind kind() {
        return kind;
    }

    /** Whether requests name their origin, so that this proxy sees them and answers them. */
    public boolean isForward() {
        return kind == Kind.FORWARD;
    }

    /** The address of the proxy, with an unresolved host name. */
    public InetSocketAddress address() {
        return address;
    }

    @Nullable
    TlsSettings tls() {
        return tls;
    }

    public FieldLines fields() {
        return fields;
    }

    public @Nullable ProxyLogin login() {
        return login;
    }

    /**
     * Returns this proxy with its TLS settings as they are at this moment. A connection with settings that a source has
     * replaced is therefore not used again.
     */
    public ProxyIdentity present(CallTimeouts timeouts) throws IOException {
        return tls == null || !tls.isReloaded()
                ? this
                : new ProxyIdentity(kind, address, tls.present(timeouts), fields, login);
    }

    /** Whether its TLS settings follow a source. */
    public boolean isReloaded() {
        return tls != null && tls.isReloaded();
    }

    /** Returns the same proxy, used with a separate connection for each origin. */
    public ProxyIdentity forTunnel() {
        return tunnel == null ? this : tunnel;
    }

    /**
     * Returns a port for the key of TLS sessions with an origin. A session of one path (direct, or through one proxy)
     * is not resumed on another. Otherwise the origin or an eavesdropper could tell that the same client uses both. Two
     * proxies get the same port only if a part of their hashes is equal, by chance. The authentication of the origin
     * does not depend on the port.
     */
    public int sessionPort(int port) {
        return port + ((hash & 0x3fff) + 1 << 16);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof ProxyIdentity proxy
                        && hash == proxy.hash
                        && kind == proxy.kind
                        && address.equals(proxy.address)
                        && fieldText.equals(proxy.fieldText)
                        && Objects.equals(tls, proxy.tls)
                        && Objects.equals(login, proxy.login);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** The host and port, without fields and credentials. */
    @Override
    public String toString() {
        return UriParser.authority(address.getHostString()) + ":" + address.getPort();
    }
}
