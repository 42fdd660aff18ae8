package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Version;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The original's t/11-http_version.t. /version returns the request's version, and its Connection field as X-Foo. */
class OriginalHttpVersionIT {
    private static final Request REQUEST = Transport.TCP.get("/version");

    @AutoClose
    private final Httpipe hp = Clients.create();

    private void assertSeen(String version, String requestConnection, String responseConnection, Request request)
            throws Exception {
        Response response = hp.request(request);
        assertEquals(version, response.text());
        assertEquals(requestConnection, response.headers().first("X-Foo"));
        assertEquals(responseConnection, response.headers().first("Connection"));
        boolean kept = hp.request(REQUEST).reusedTimes() > 0;
        assertEquals(responseConnection.equals("keep-alive"), kept);
    }

    @Test
    void t11_http_version_test1_version11IsTheDefault() throws Exception {
        assertSeen("11", "nil", "keep-alive", REQUEST);
    }

    @Test
    void t11_http_version_test2_version10AsksToKeepTheConnection() throws Exception {
        assertSeen("10", "keep-alive", "keep-alive", REQUEST.version(Version.HTTP_1_0));
    }

    /** The original refuses the number 9 at run time. In httpipe there is no such version. */
    @Test
    void t11_http_version_test3_thereIsNoVersion9() {
        assertThrows(IllegalArgumentException.class, () -> Version.valueOf("HTTP_0_9"));
    }

    @Test
    void t11_http_version_test4_version11CanClose() throws Exception {
        assertSeen("11", "close", "close", REQUEST.header("Connection", "close"));
    }

    @Test
    void t11_http_version_test5_version10CanClose() throws Exception {
        assertSeen("10", "close", "close", REQUEST.version(Version.HTTP_1_0).header("Connection", "close"));
    }

    @Test
    void t11_http_version_test6_version11IsKeptWithAnyOtherConnectionOption() throws Exception {
        assertSeen("11", "default", "keep-alive", REQUEST.header("Connection", "default"));
    }

    @Test
    void t11_http_version_test7_version10IsClosedWithAnyOtherConnectionOption() throws Exception {
        assertSeen("10", "default", "close", REQUEST.version(Version.HTTP_1_0).header("Connection", "default"));
    }
}
