package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.Security;
import java.util.List;
import org.junit.jupiter.api.function.Executable;

/** Tests a client in a JVM without a TLS provider. {@link TlsProviderFaultTest} starts it with the port of a server. */
final class NoTlsProvider {
    private NoTlsProvider() {}

    public static void main(String[] arguments) throws Exception {
        Security.removeProvider("SunJSSE");
        int port = Integer.parseInt(arguments[0]);
        try (Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect("127.0.0.1", port)) {
            ConnectOptions secure = ConnectOptions.DEFAULT.tls(Tls.DEFAULT);
            Request request = Request.get("https://127.0.0.1:" + port + "/");
            for (Executable call : List.<Executable>of(
                    () -> hp.request(request),
                    () -> hp.stream(request),
                    () -> hp.connect(Endpoint.of("127.0.0.1", port), secure),
                    exchange::tlsHandshake)) {
                TlsFailedException e = assertThrows(TlsFailedException.class, call);
                assertTrue(e.getMessage().startsWith("TLS cannot be set up: "), e.getMessage());
                assertEquals(Phase.TLS, e.phase());
                assertFalse(e.safeToRetry());
            }
            assertEquals(List.of(), hp.stats());
            assertEquals("OK", hp.get("http://127.0.0.1:" + port + "/").text());
        }
        System.out.println("done");
    }
}
