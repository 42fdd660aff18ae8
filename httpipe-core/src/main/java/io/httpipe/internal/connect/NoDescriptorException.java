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

/** Thrown when no socket can be opened, because the process or the system has reached its limit of file descriptors. */
public final class NoDescriptorException extends SocketException {
    @Serial
    private static final long serialVersionUID = 1;

    /** Creates an exception with the system's own message. */
    public NoDescriptorException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Opens an unconnected channel for an address. */
    static SocketChannel open(SocketAddress address) throws IOException {
        try {
            return address instanceof UnixDomainSocketAddress
                    ? SocketChannel.open(StandardProtocolFamily.UNIX)
                    : SocketChannel.open();
        } catch (SocketException e) {
            throw of(e);
        } catch (RuntimeException e) {
            throw SocketTransport.failure(e);
        }
    }

    /** Returns the exception to throw when a channel could not be opened. */
    static SocketException of(SocketException e) {
        // The message depends on the locale, so the class of the exception has to decide. The JDK has subclasses for a
        // missing permission and a missing protocol. It has none for a missing descriptor or missing system memory.
        return e.getClass() == SocketException.class ? new NoDescriptorException(e.getMessage(), e) : e;
    }

    /** Fails if no descriptor is free at this moment. */
    static void requireOne() throws IOException {
        open(InetSocketAddress.createUnresolved("", 0)).close();
    }
}
