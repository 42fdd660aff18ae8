package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Endpoint;
import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The original's t/01-basic.t. */
class OriginalBasicIT {
    @AutoClose
    private final Httpipe hp = Clients.create();

    @Test
    void t01_basic_test1_getsTheBody() throws Exception {
        assertEquals("OK\n", hp.request(Transport.TCP.get("/simple-ok")).text());
    }

    @Test
    void t01_basic_test2_aNotFoundKeepsItsBody() throws Exception {
        Response response = hp.request(Transport.TCP.get("/status/404"));
        assertEquals(404, response.status());
        assertEquals("status 404\n", response.text());
    }

    @Test
    void t01_basic_test3_repeatedHeadersKeepTheirOrder() throws Exception {
        Response response = hp.request(Transport.TCP.get("/headers"));
        assertEquals(List.of("yes"), response.headers().all("X-Test"));
        assertEquals(
                List.of("a=32; path=/", "b=4; path=/", "c"), response.headers().all("Set-Cookie"));
    }

    @Test
    void t01_basic_test4_theQueryTableArrives() throws Exception {
        Map<String, String> table = new TreeMap<>(Map.of("a", "1", "b", "2"));
        Response response = hp.request(Transport.TCP.get("/args").query(table));
        assertEquals("1", response.headers().first("X-Header-A"));
        assertEquals("2", response.headers().first("X-Header-B"));
    }

    @Test
    void t01_basic_test5_headHasNoBody() throws Exception {
        Response response = hp.request(Transport.TCP.request("HEAD", "/simple-ok"));
        assertEquals(200, response.status());
        assertEquals("", response.text());
    }

    @Test
    void t01_basic_test6_connectsBeforeTheRequest() throws Exception {
        try (Exchange exchange = hp.connect(Nginx.host(), Nginx.httpPort())) {
            assertEquals("OK\n", exchange.request(Request.get("/simple-ok")).text());
        }
    }

    @Test
    void t01_basic_test7_notModifiedHasNoBody() throws Exception {
        try (Exchange exchange = hp.connect(Nginx.host(), Nginx.httpPort())) {
            Response response = exchange.request(Request.get("/status/304"));
            assertEquals(304, response.status());
            assertEquals("bar", response.headers().first("X-Foo"));
            assertTrue(exchange.eof());
        }
    }

    @Test
    void t01_basic_test8_hostHasThePort() throws Exception {
        Request request = Request.get("/host").at(Nginx.host(), Nginx.httpPort());
        assertEquals(Nginx.host() + ":" + Nginx.httpPort(), hp.request(request).text());
    }

    /** The original sends an empty Host, and gets status 400. httpipe sends localhost, which nginx accepts. */
    @Test
    void t01_basic_test9_aUnixSocketsHostIsLocalhost() throws Exception {
        Response response = hp.request(Request.get("/host").at(Endpoint.unix(Nginx.unixSocket())));
        assertEquals(200, response.status());
        assertEquals("localhost", response.text());
    }
}
