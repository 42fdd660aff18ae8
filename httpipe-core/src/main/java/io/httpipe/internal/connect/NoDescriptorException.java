package io.httpipe.internal.connect;

import java.io.IOException;
import java.io.Serial;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** No socket could be opened, because the process or the system has as many file descriptors open as it may. */
public final class NoDescriptorException extends SocketException {
    @Serial
    private static final long serialVersionUID = 1;

    /** An error with the system's own message. */
    public NoDescriptorException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Opens a channel for an address. */
    static SocketChannel open(SocketAddress address) throws IOException {
        try {
            return address instanceof UnixDomainSocketAddress
                    ? SocketChannel.open(StandardProtocolFamily.UNIX)
                    : SocketChannel.open();
        } catch (SocketException e) {
            // The message depends on the locale. The JDK has subclasses for the lack of a right and of a protocol; the
            // lack of a descriptor, or of the system's memory for a socket, has none.
            if (e.getClass() != SocketException.class) {
                throw e;
            }
            throw new NoDescriptorException(e.getMessage(), e);
        } catch (RuntimeException e) {
            throw SocketTransport.failure(e);
        }
    }

    /** Fails if no descriptor is free at this moment. */
    static void requireOne() throws IOException {
        open(InetSocketAddress.createUnresolved("", 0)).close();
    }
}
