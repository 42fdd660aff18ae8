package io.httpipe;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;

/**
 * Uses httpipe like a web application in a separate class loader. {@link ClassLoaderTest} loads this class. It uses no
 * other test class and no class of JUnit.
 */
public final class TenantApp implements UnaryOperator<Object[]> {
    /** The size of the request body in bytes. */
    static final int UPLOAD = 300_000;

    private static final int CALLERS = 20;

    /**
     * Uses a client in every way that starts threads or changes static state, and closes it.
     *
     * @param arguments the URI of a server, of a TLS server, of a server that never ends its body, and of a server that
     *                  reads {@link #UPLOAD} bytes; the PEM file with the authority of the TLS server; and an executor
     *                  whose threads outlive this class
     * @return whether calls have used the shared poller
     */
    @Override
    public Object[] apply(Object[] arguments) {
        try {
            return new Object[] {use(arguments)};
        } catch (Exception e) {
            // The class of the exception could belong to this class loader, so only its text is passed on.
            throw new IllegalStateException(e.toString());
        }
    }

    private static boolean use(Object[] arguments) throws Exception {
        String plain = (String) arguments[0];
        String tls = (String) arguments[1];
        String endless = (String) arguments[2];
        String uploads = (String) arguments[3];
        Tls trusting = Tls.DEFAULT.trust((Path) arguments[4]);
        ExecutorService foreign = (ExecutorService) arguments[5];
        boolean together;
        Resolver loopback = host -> List.of(InetAddress.getLoopbackAddress());
        try (Httpipe hp = Httpipe.builder()
                        .tls(trusting)
                        .closeGrace(Duration.ofMillis(100))
                        .build();
                Httpipe named = Httpipe.builder().resolver(loopback).build()) {
            require(hp.get(plain).status() == 200);
            require(hp.get(tls).status() == 200);
            require(named.get(plain.replace("127.0.0.1", "tenant.test")).status() == 200);
            InputStream source = new ByteArrayInputStream(new byte[UPLOAD]);
            require(hp.request(Request.post(uploads).body(Body.of(source, UPLOAD)))
                            .status()
                    == 200);
            Deadline.within(Duration.ofMinutes(5), () -> {
                // A thread of a foreign pool inherits the context of this thread.
                foreign.submit(() -> hp.get(plain)).get();
                require(FanOut.over(hp).all(List.of(Request.get(plain))).size() == 1);
                return null;
            });
            try (Exchange exchange =
                    hp.connect(Endpoint.of("127.0.0.1", URI.create(plain).getPort()))) {
                exchange.sendRequest(Request.get("/"));
                require(exchange.readResponse().status() == 200);
            }
            together = callTogether(hp, plain);
            // Not closed here; the leak detector or the close of the client does it.
            require(hp.stream(Request.get(endless)).status() == 200);
        }
        return together;
    }

    private static boolean callTogether(Httpipe hp, String uri) throws Exception {
        boolean together = false;
        for (int round = 0; round < 1_000 && !together; round++) {
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> calls = new ArrayList<>();
                for (int i = 0; i < CALLERS; i++) {
                    calls.add(threads.submit(() -> {
                        for (int j = 0; j < 20; j++) {
                            require(hp.get(uri).status() == 200);
                        }
                        return null;
                    }));
                }
                for (Future<?> call : calls) {
                    call.get();
                }
            }
            Field current =
                    Class.forName("io.httpipe.internal.connect.SharedPoller").getDeclaredField("current");
            current.setAccessible(true);
            together = current.get(null) != null;
        }
        return together;
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalStateException("not the answer");
        }
    }
}
