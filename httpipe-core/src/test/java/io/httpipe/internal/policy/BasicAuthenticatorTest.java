package io.httpipe.internal.policy;

import static io.httpipe.internal.policy.AuthSetup.asking;
import static io.httpipe.internal.policy.AuthSetup.authorization;
import static io.httpipe.internal.policy.AuthSetup.get;
import static io.httpipe.internal.policy.AuthSetup.journey;
import static io.httpipe.internal.policy.AuthSetup.origin;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** User names and passwords of Basic authentication as bytes. */
class BasicAuthenticatorTest {
    @ParameterizedTest
    @CsvSource({
        // RFC 7617, sections 2 and 2.1.
        "Aladdin, open sesame, QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "test, 123\u00a3, dGVzdDoxMjPCow==",
        "'', '', Og==",
        "u, a:b, dTphOmI=",
    })
    void encodesThePair(String user, String password, String expected) throws Exception {
        BasicAuthenticator basic = BasicAuthenticator.of(origin("http://h"), user, password);
        assertEquals("Basic " + expected, authorization(journey(basic).dress(get("http://h/"))));
    }

    @Test
    void composesCharactersThatCanBeWrittenInTwoWays() throws Exception {
        BasicAuthenticator basic = BasicAuthenticator.of(origin("http://h"), "u", "a\u0308");
        assertEquals("u:\u00e4", new String(sent(basic), StandardCharsets.UTF_8));
    }

    @Test
    void sendsAnotherCharsetUntilTheServerAsksForUtf8() throws Exception {
        BasicAuthenticator basic =
                BasicAuthenticator.of(origin("http://h"), "u", "\u00e4").withCharset(StandardCharsets.ISO_8859_1);
        assertEquals("u:\u00e4", new String(sent(basic), StandardCharsets.ISO_8859_1));

        Authentication journey = journey(basic);
        journey.dress(get("http://h/"));
        assertNull(journey.after(asking("Basic realm=r, charset=UTF-16")));
        assertNotNull(journey.after(asking("Basic realm=r, charset=\"utf-8\"")));
        String utf8 = "Basic dTrDpA==";
        assertEquals(utf8, authorization(journey.dress(get("http://h/"))));
        assertNull(journey.after(asking("Basic realm=r, charset=\"UTF-8\"")));

        assertEquals(utf8, authorization(journey(basic).dress(get("http://h/"))), "the next journey knows");
        BasicAuthenticator wider = basic.boundTo(Set.of(
                origin("http://h").iterator().next(),
                origin("http://i").iterator().next()));
        assertEquals(utf8, authorization(journey(wider).dress(get("http://h/"))), "and so does a copy");
        assertEquals("Basic dTrk", authorization(journey(wider).dress(get("http://i/"))), "another origin may differ");
    }

    @Test
    void acceptsEveryCharsetThatContainsAscii() throws Exception {
        BasicAuthenticator basic = BasicAuthenticator.of(origin("http://h"), "u", "\u20ac");
        Charset windows = Charset.forName("windows-1252");
        assertEquals("u:\u20ac", new String(sent(basic.withCharset(windows)), windows));
    }

    private static byte[] sent(BasicAuthenticator basic) throws Exception {
        String value = authorization(journey(basic).dress(get("http://h/")));
        assertNotNull(value);
        return Base64.getDecoder().decode(value.substring("Basic ".length()));
    }
}
