package io.httpipe;

import java.io.IOException;

/**
 * Gives a client the TLS settings that apply now, for certificates and keys that are replaced while the client runs.
 *
 * {@snippet :
 * Path folder = Path.of("/var/run/secrets/tls");
 * Tls tls = Tls.of(() -> Tls.DEFAULT
 *         .trust(folder.resolve("ca.crt"))
 *         .clientCertificate(folder.resolve("tls.crt"), folder.resolve("tls.key")));
 * Httpipe hp = Httpipe.builder().tls(tls).build();
 * }
 *
 * <p>{@link Tls#of(TlsSource)} asks the source once. Later, when a second has passed, the next call asks the source
 * again, on another thread, and waits for the answer within its connect timeout. If that time is over, the call uses
 * the last answer. The deadline of the call, an interrupt and {@link Httpipe#close} end the wait with the usual
 * exceptions. The source then runs on, and its answer is used later. So a source should limit its waits: while it is
 * being asked, nobody asks it again.
 *
 * <p>Other calls do not wait for the answer. They use the last one. A {@code Tls} never asks its source twice at the
 * same time.
 *
 * <p>If the answer equals the last one, nothing changes. If it differs, all further calls use new connections. Calls
 * that are under way go on. Idle connections with the earlier settings are not used again, and are closed when their
 * idle time ends. An {@link javax.net.ssl.SSLContext} equals only itself, so a source should create a new one only when
 * something has changed.
 */
@FunctionalInterface
public interface TlsSource {
    /**
     * {@return the settings that apply now} They must not come from {@link Tls#of(TlsSource)} themselves.
     *
     * @throws IOException if they cannot be read, for example while a file is being replaced. The last settings then
     *                     stay in use for another second. The first failure in a row is logged as a warning to
     *                     {@code io.httpipe}
     */
    Tls current() throws IOException;
}
