package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.UriParts;
import org.junit.jupiter.api.Test;

/** The original's t/09-parse_uri.t. */
class OriginalParseUriIT {
    @Test
    void t09_parse_uri_test1_aUriHasParts() {
        assertEquals(
                new UriParts("http", "www.upyun.com", 80, "/foo", null), Httpipe.parseUri("http://www.upyun.com/foo"));
    }

    @Test
    void t09_parse_uri_test2_thePortDefaultsToThatOfTheScheme() {
        assertEquals(80, Httpipe.parseUri("http://www.upyun.com/foo").port());
        assertEquals(443, Httpipe.parseUri("https://www.upyun.com/foo").port());
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Httpipe.parseUri("httpss://www.upyun.com/foo"));
        assertTrue(e.getMessage().startsWith("uri: "), e.getMessage());
    }
}
