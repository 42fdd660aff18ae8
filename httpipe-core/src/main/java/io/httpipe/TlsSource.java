package io.httpipe;

import java.io.IOException;

/**
 * Supplies a client with its current TLS settings, for certificates and keys that are replaced while the client runs.
 *
 * {@snippet :
 * Path folder = Path.of("/var/run/secrets/tls");
 * Tls tls = Tls.of(() -> Tls.DEFAULT
 *         .trust(folder.resolve("ca.crt"))
 *         .clientCertificate(folder.resolve("tls.crt"), folder.resolve("tls.key")));
 * Httpipe hp = Httpipe.builder().tls(tls).build();
 * }
 *
 * <p>{@link Tls#of(TlsSource)} runs the source one time. Later, a call that uses TLS runs the source again if a second
 * has passed since the source last answered or failed. The source then runs on another thread, and that call waits for
 * the answer, for at most its connect timeout. After this timeout, the call uses the last answer. The deadline of the
 * call, an interrupt and {@link Httpipe#close} end the wait with the usual exceptions. In all these cases, the source
 * continues, and its answer is used later. So a source should limit its own waits, because it is not run again before
 * it has ended.
 *
 * <p>Other calls do not wait for the answer. They use the last answer. A {@code Tls} never runs its source twice at the
 * same time.
 *
 * <p>If the answer equals the last one, nothing changes. If it differs, all further calls use new connections. Calls in
 * progress continue. Idle connections with the earlier settings are not used again, and are closed after their idle
 * timeout. An {@link javax.net.ssl.SSLContext} equals only itself, so a source should create a new one only when
 * something has changed.
 */
@FunctionalInterface
public interface TlsSource {
    /**
     * {@return the settings that apply now} The settings must not come from {@link Tls#of(TlsSource)}.
     *
     * @throws IOException if they cannot be read, for example while a file is being replaced. The last settings then
     *                     stay in use for another second. Of several failures in a row, only the first is logged, as a
     *                     warning to the logger {@code io.httpipe}
     */
    Tls current() throws IOException;
}
