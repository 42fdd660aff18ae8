package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Version;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The original's t/04-simpleinterface.t. */
class OriginalSimpleInterfaceIT {
    private static final String URI = Nginx.uri("/args?a=1&b=2").toString();

    @AutoClose
    private final Httpipe hp = Clients.create();

    @Test
    void t04_simpleinterface_test1_aUriAloneIsEnough() throws Exception {
        assertResponse("1", "2", hp.get(URI));
    }

    /** The original's title mentions HTTP/1.0, but its options do not. This test tries both versions. */
    @Test
    void t04_simpleinterface_test2_aUriWithDefaultOptions() throws Exception {
        assertResponse("1", "2", hp.request(Request.get(URI)));
        assertResponse("1", "2", hp.request(Request.get(URI).version(Version.HTTP_1_0)));
    }

    @Test
    void t04_simpleinterface_test3_pathAndQueryOverrideThoseOfTheUri() throws Exception {
        Request request = Request.get(Nginx.uri("/status/404?a=1&b=2").toString());
        assertResponse("2", "3", hp.request(request.path("/args").rawQuery("a=2&b=3")));
    }

    private static void assertResponse(String a, String b, Response response) {
        assertEquals(a, response.headers().first("X-Header-A"));
        assertEquals(b, response.headers().first("X-Header-B"));
        assertEquals("OK\n", response.text());
    }
}
