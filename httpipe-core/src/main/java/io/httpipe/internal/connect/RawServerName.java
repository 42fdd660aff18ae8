package io.httpipe.internal.connect;

import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.StandardConstants;
import org.jspecify.annotations.Nullable;

/**
 * A host name for server name indication (RFC 6066, section 3) that has an underscore, so that the JDK's
 * {@code SNIHostName} refuses it. The server's certificate must cover it.
 */
final class RawServerName extends SNIServerName {
    private final String name;

    /**
     * A name that is sent as it is.
     *
     * @param name of ASCII alone, without a dot at its end
     */
    RawServerName(String name) {
        super(StandardConstants.SNI_HOST_NAME, name.getBytes(StandardCharsets.US_ASCII));
        this.name = name;
    }

    /** The name of this kind that a client engine asks for, or null. */
    static @Nullable RawServerName of(SSLEngine engine) {
        List<SNIServerName> names = engine.getSSLParameters().getServerNames();
        return names != null && !names.isEmpty() && names.getFirst() instanceof RawServerName raw ? raw : null;
    }

    String name() {
        return name;
    }

    @Override
    public String toString() {
        return "type=host_name (0), value=" + name;
    }
}
