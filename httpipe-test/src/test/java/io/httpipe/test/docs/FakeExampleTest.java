package io.httpipe.test.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.ConnectionLostException;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import io.httpipe.TimedOutException;
import io.httpipe.TlsFailedException;
import io.httpipe.test.Failures;
import io.httpipe.test.FakeServer;
import io.httpipe.test.HttpipeTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The examples of docs/testing.md with fakes. */
class FakeExampleTest {
    /** The code under test. */
    record Orders(Httpipe hp) {
        String add(String name) throws IOException {
            Request request = Request.post("http://orders.test/orders").body(name);
            try {
                return hp.request(request).orThrow().text();
            } catch (TimedOutException e) {
                return e.safeToRetry() ? add(name) : "perhaps";
            } catch (TlsFailedException e) {
                return "untrusted";
            }
        }

        int download() throws IOException {
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            try (StreamedResponse response = hp.stream(Request.get("http://orders.test/export"))) {
                response.body().transferTo(received);
            } catch (ConnectionLostException e) {
                return received.size();
            }
            return -1;
        }
    }

    @Test
    void sendsTheName() throws Exception {
        FakeServer server = FakeServer.answering(Response.of(201).withBody("7"));
        assertEquals("7", new Orders(server.client()).add("tea"));
        Request request = server.requests().getFirst();
        assertEquals("POST /orders tea", request.method() + " " + request.target() + " " + HttpipeTest.text(request));
    }

    @Test
    void doesNotAddTwice() throws Exception {
        Httpipe slow = HttpipeTest.answering(request -> {
            throw Failures.of(request).timedOut(TimedOutException.Limit.READ);
        });
        assertEquals("perhaps", new Orders(slow).add("tea"));
    }

    @Test
    void doesNotTrustEveryCertificate() throws Exception {
        Httpipe untrusted = HttpipeTest.answering(request -> {
            throw Failures.of(request).untrustedCertificate();
        });
        assertEquals("untrusted", new Orders(untrusted).add("tea"));
    }

    @Test
    void keepsWhatArrived() throws Exception {
        Response whole = Response.of(200).withBody("0123456789");
        Httpipe cut = HttpipeTest.streaming(request -> Failures.of(request).cutAfter(whole, 4));
        assertEquals(4, new Orders(cut).download());
    }
}
