package io.httpipe.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.CancelledException;
import io.httpipe.DecodingException;
import io.httpipe.Endpoint;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.TimedOutException.Limit;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
    private static final Failures GET = Failures.of(Request.get("https://api.test/orders?token=secret"));

    /** A failure, its phase, and whether a GET and a POST are safe to send again. */
    record Case(HttpipeException get, HttpipeException post, Phase phase, boolean getIsSafe, boolean postIsSafe) {
        @Override
        public String toString() {
            return get.toString();
        }
    }

    interface Factory {
        HttpipeException make(Failures failures);
    }

    private static Case of(Factory factory, Phase phase, boolean getIsSafe, boolean postIsSafe) {
        Failures post = Failures.of(Request.post("https://api.test/orders").body("x"));
        return new Case(factory.make(GET), factory.make(post), phase, getIsSafe, postIsSafe);
    }

    static List<Case> cases() {
        IOException cause = new IOException("broken");
        return List.of(
                of(f -> f.timedOut(Limit.ACQUIRE), Phase.ACQUIRE, true, true),
                of(f -> f.timedOut(Limit.CONNECT), Phase.CONNECT, true, true),
                of(f -> f.timedOut(Limit.CONNECT, Phase.TLS), Phase.TLS, true, true),
                of(f -> f.timedOut(Limit.SEND), Phase.SEND, true, false),
                of(f -> f.timedOut(Limit.READ), Phase.RESPONSE_HEAD, true, false),
                of(f -> f.timedOut(Limit.READ, Phase.RESPONSE_BODY), Phase.RESPONSE_BODY, true, false),
                of(f -> f.timedOut(Limit.DEADLINE), Phase.RESPONSE_HEAD, true, false),
                of(Failures::poolExhausted, Phase.ACQUIRE, true, true),
                of(Failures::unknownHost, Phase.RESOLVE, true, true),
                of(Failures::refused, Phase.CONNECT, true, true),
                of(Failures::closed, Phase.RESPONSE_HEAD, true, false),
                of(Failures::cut, Phase.RESPONSE_BODY, true, false),
                of(f -> f.reset(Phase.SEND), Phase.SEND, true, false),
                of(Failures::untrustedCertificate, Phase.TLS, false, false),
                of(Failures::expiredCertificate, Phase.TLS, false, false),
                of(f -> f.malformed("no status line"), Phase.RESPONSE_HEAD, false, false),
                of(f -> f.tooLarge(1000), Phase.RESPONSE_BODY, false, false),
                of(f -> f.undecodable(DecodingException.Reason.LIMIT, "gzip"), Phase.RESPONSE_BODY, false, false),
                of(f -> f.status(Response.of(404)), Phase.RESPONSE_HEAD, false, false),
                of(f -> f.cancelled(CancelledException.Reason.CLIENT_CLOSED), Phase.RESPONSE_HEAD, false, false),
                of(f -> f.proxyRefused(407), Phase.PROXY, false, false),
                of(f -> f.proxyRefused(408), Phase.PROXY, true, true),
                of(f -> f.proxyRefused(429), Phase.PROXY, true, true),
                of(f -> f.proxyRefused(502), Phase.PROXY, true, true),
                of(f -> f.cookiesFailed(cause), Phase.PAUSE, true, true),
                of(f -> f.credentialsFailed(cause), Phase.PAUSE, false, false),
                of(f -> f.redirectFailed("too many redirects"), Phase.RESPONSE_HEAD, false, false),
                of(f -> f.requestBodyFailed(cause), Phase.SEND, false, false),
                of(f -> f.interceptorFailed(cause), Phase.ACQUIRE, false, false));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void haveTheFactsOfAClient(Case sample) {
        assertEquals(sample.phase, sample.get.phase());
        assertEquals(sample.getIsSafe, sample.get.safeToRetry(), "GET");
        assertEquals(sample.postIsSafe, sample.post.safeToRetry(), "POST");
        assertEquals(Endpoint.of("api.test", 443), sample.get.endpoint());
        assertEquals(List.of(), sample.get.hops());
        String message = String.valueOf(sample.get.getMessage());
        assertTrue(message.contains("api.test:443") && !message.contains("secret"), message);
    }

    /** A new exception of the core must get a factory. */
    @Test
    void thereIsOneForEachException() {
        Set<Class<?>> made =
                cases().stream().map(sample -> sample.get.getClass()).collect(Collectors.toSet());
        assertEquals(Stream.of(HttpipeException.class.getPermittedSubclasses()).collect(Collectors.toSet()), made);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void areThrownByTheClientAsTheyAre(Case sample) {
        Httpipe hp = HttpipeTest.answering(request -> {
            throw sample.get;
        });
        assertSame(sample.get, assertThrows(HttpipeException.class, () -> hp.get("https://api.test/orders")));
    }

    @Test
    void haveTheFactsOfTheTest() {
        HttpipeException e = Failures.at(Endpoint.of("api.test", 80))
                .proxy(Endpoint.of("proxy.test", 8080))
                .reusedTimes(3)
                .bytesSent(100)
                .bytesReceived(50)
                .safeToRetry(false)
                .cut();
        assertEquals(Endpoint.of("proxy.test", 8080), e.proxy());
        assertEquals(3, e.reusedTimes());
        assertEquals(100, e.bytesSent());
        assertEquals(50, e.bytesReceived());
        assertEquals(false, e.safeToRetry());
        assertEquals(
                "the connection was closed within the response body while reading the response body (api.test:80 through"
                        + " the proxy proxy.test:8080, connection reused 3x)",
                e.getMessage());
    }

    @Test
    void haveTheirCauses() {
        assertInstanceOf(UnknownHostException.class, GET.unknownHost().getCause());
        assertInstanceOf(SSLException.class, GET.untrustedCertificate().getCause());
        assertEquals(407, GET.proxyRefused(407).status());
        assertEquals(1000, GET.tooLarge(1000).maxBodySize());
        assertEquals(
                "br", GET.undecodable(DecodingException.Reason.TRUNCATED, "br").coding());
        assertEquals(
                "status 404 for GET https://api.test/orders (api.test:443)",
                GET.status(Response.of(404)).getMessage());
    }

    @ParameterizedTest
    @EnumSource(Limit.class)
    void timeoutsNameTheirLimit(Limit limit) {
        assertEquals(limit, GET.timedOut(limit).limit());
    }

    @Test
    void aPostIsSafeWithAKeyAndAPutOnlyWithARepeatableBody() {
        Request post = Request.post("http://api.test/").body("x");
        assertTrue(Failures.of(post.idempotencyKey()).cut().safeToRetry());
        Request put = Request.put("http://api.test/").body(Body.of(new ByteArrayInputStream(new byte[1])));
        assertEquals(false, Failures.of(put).cut().safeToRetry());
    }
}
