package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A client program with a low limit of open files. {@link FewDescriptorsTest} starts it with the server addresses. */
final class FewDescriptors {
    private final Httpipe hp;

    private FewDescriptors(Httpipe hp) {
        this.hp = hp;
    }

    public static void main(String[] arguments) throws IOException {
        Tls tls = Tls.DEFAULT.trust(Path.of(arguments[0]));
        try (Httpipe hp = Httpipe.builder().tls(tls).maxIdlePerRoute(2).build()) {
            FewDescriptors client = new FewDescriptors(hp);
            Request tcp = Request.post("http://127.0.0.1:" + arguments[1] + "/");
            Request secure = Request.post("https://127.0.0.1:" + arguments[2] + "/");
            Request unix = Request.post("http://localhost/").at(Endpoint.unix(Path.of(arguments[3])));
            // Loading a class needs a descriptor, so each kind of call succeeds and fails once beforehand.
            for (Request request : List.of(tcp, secure, unix)) {
                client.exhaust(request, 1);
            }
            assertThrows(ConnectFailedException.class, () -> hp.request(tcp.at("127.0.0.1", 1)));
            for (Request request : List.of(tcp, secure, unix)) {
                client.exhaust(request, Integer.MAX_VALUE);
            }
        }
        System.out.println("done");
    }

    /** Opens responses up to the limit or until a connect fails, closes them, and checks that calls work again. */
    private void exhaust(Request request, int limit) throws IOException {
        List<StreamedResponse> open = new ArrayList<>();
        ConnectFailedException failure = null;
        while (failure == null && open.size() < limit) {
            try {
                open.add(hp.stream(request));
            } catch (ConnectFailedException e) {
                failure = e;
            }
        }
        int opened = open.size();
        if (failure != null) {
            assertTrue(opened > 10, "only " + opened);
            for (int i = 0; i < 20; i++) {
                ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.request(request));
                assertTrue(e.getMessage().startsWith("Too many open files"), e.getMessage());
                assertEquals(Phase.CONNECT, e.phase());
                assertEquals(request.endpoint(), e.endpoint());
                assertEquals(0, e.bytesSent());
                assertTrue(e.safeToRetry());
            }
            // Idle connections can still be used.
            open.removeLast().close();
            assertTrue(hp.request(request).reusedTimes() > 0);
        }
        RouteStats stats = hp.stats().stream()
                .filter(route -> route.endpoint().equals(request.endpoint()))
                .findFirst()
                .orElseThrow();
        assertEquals(open.size(), stats.leased(), "no failed call holds a connection");
        for (StreamedResponse response : open) {
            response.close();
        }
        assertEquals(200, hp.request(request).status());
    }
}
