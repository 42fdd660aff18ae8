package io.httpipe.internal.connect;

import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.StandardConstants;
import org.jspecify.annotations.Nullable;

/**
 * A host name with an underscore for server name indication (RFC 6066, section 3). The JDK's {@code SNIHostName}
 * refuses such a name. The server's certificate must cover it.
 */
final class RawServerName extends SNIServerName {
    private final String name;

    /**
     * Creates a name that is sent unchanged.
     *
     * @param name in ASCII, without a dot at its end
     */
    RawServerName(String name) {
        super(StandardConstants.SNI_HOST_NAME, name.getBytes(StandardCharsets.US_ASCII));
        this.name = name;
    }

    /** Returns the name with an underscore that a client engine asks for; null if there is none. */
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
