package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Field names in their usual spelling, and lookups among received and given fields. */
class FieldLinesTest {
    @ParameterizedTest
    @CsvSource({
        "www-authenticate, WWW-Authenticate",
        "etag, ETag",
        "ETAG, ETag",
        "x_under-score, X_under-Score",
        "te, TE",
        "dnt, DNT",
        "CONTENT-TYPE, Content-Type",
        "x-foo, X-Foo",
        "X-FOO--BAR-, X-Foo--Bar-",
        "-x, -X",
        "1a-2b, 1a-2b",
        "a, A",
        "x.y~z, X.y~z"
    })
    void spellsANameTheUsualWay(String given, String usual) throws Exception {
        assertEquals(usual, FieldNames.normalize(given));
        assertEquals(usual, Wire.fields(given + ": 1").name(0));
        assertEquals(usual, Wire.fields(given.toUpperCase(Locale.ROOT) + ": 1").name(0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length",
                "Set-Cookie",
                "Transfer-Encoding",
                "X-Request-Id",
                "Access-Control-Allow-Origin",
                "Age",
                "TE",
                "WWW-Authenticate",
                "X-Not-In-Any-Table",
                "Q",
                "X_under-Score",
                "Content-Lengti"
            })
    void treatsNamesFromTheTableAndOthersAlike(String name) throws Exception {
        for (String spelling :
                List.of(name, name.toLowerCase(Locale.ROOT), name.toUpperCase(Locale.ROOT), alternating(name))) {
            FieldLines fields = Wire.fields("Other: 0", spelling + ": 1");
            assertEquals(1, fields.indexOf(name, 0), "before the name is decoded");
            assertEquals(name, fields.name(1));
            assertEquals(1, fields.indexOf(spelling, 0), "after the name is decoded");
            assertEquals(name, FieldNames.normalize(spelling));
        }
    }

    /** The names of the IANA registry that the rule would spell otherwise; SOAPAction as SOAP 1.1 has it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "A-IM",
                "Accept-CH",
                "ALPN",
                "AMP-Cache-Transform",
                "C-PEP",
                "C-PEP-Info",
                "Cal-Managed-ID",
                "CalDAV-Timezones",
                "CDN-Cache-Control",
                "CDN-Loop",
                "CMCD-Object",
                "CMCD-Request",
                "CMCD-Session",
                "CMCD-Status",
                "CMSD-Dynamic",
                "CMSD-Static",
                "Content-ID",
                "Content-MD5",
                "CTA-Common-Access-Token",
                "DASL",
                "DAV",
                "Detached-JWS",
                "Differential-ID",
                "Dictionary-ID",
                "DPoP",
                "DPoP-Nonce",
                "EDIINT-Features",
                "ETag",
                "Expect-CT",
                "GetProfile",
                "HTTP2-Settings",
                "IM",
                "Include-Referred-Token-Binding-ID",
                "Last-Event-ID",
                "MIME-Version",
                "NEL",
                "OData-EntityId",
                "OData-Isolation",
                "OData-MaxVersion",
                "OData-Version",
                "Optional-WWW-Authenticate",
                "OSCORE",
                "OSLC-Core-Version",
                "P3P",
                "PEP",
                "PEP-Info",
                "PICS-Label",
                "ProfileObject",
                "Repeatability-Client-ID",
                "Repeatability-Request-ID",
                "Sec-GPC",
                "Sec-WebSocket-Accept",
                "Sec-WebSocket-Extensions",
                "Sec-WebSocket-Key",
                "Sec-WebSocket-Protocol",
                "Sec-WebSocket-Version",
                "SetProfile",
                "SLUG",
                "SOAPAction",
                "Status-URI",
                "TCN",
                "TE",
                "TTL",
                "URI",
                "WWW-Authenticate"
            })
    void spellsARegisteredNameAsTheRegistryDoes(String name) throws Exception {
        treatsNamesFromTheTableAndOthersAlike(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DNT",
                "SourceMap",
                "Sec-CH-UA",
                "Sec-CH-UA-Platform-Version",
                "Sec-CH-UA-WoW64",
                "AS2-From",
                "Message-ID",
                "X-DNS-Prefetch-Control",
                "X-HTTP-Method-Override",
                "X-Real-IP",
                "X-UA-Compatible",
                "X-XSS-Protection"
            })
    void spellsAWellKnownNameAsItsSpecificationDoes(String name) throws Exception {
        treatsNamesFromTheTableAndOthersAlike(name);
    }

    private static String alternating(String name) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            String letter = name.substring(i, i + 1);
            out.append(i % 2 == 0 ? letter.toLowerCase(Locale.ROOT) : letter.toUpperCase(Locale.ROOT));
        }
        return out.toString();
    }

    @Test
    void takesCommonNamesFromTheTableInsteadOfMakingStrings() throws Exception {
        assertSame(
                Wire.fields("content-type: a").name(0),
                Wire.fields("CONTENT-TYPE: b").name(0));
    }

    @Test
    void tellsNamesApartThatDifferInOneLetterOrInLength() throws Exception {
        FieldLines fields = Wire.fields("X-Foo: 1", "X-Fo: 2", "X-Fop: 3", "X_Foo: 4");

        assertEquals("1", fields.first("x-foo"));
        assertEquals("2", fields.first("x-fo"));
        assertEquals("3", fields.first("x-fop"));
        assertEquals("4", fields.first("x_foo"));
        assertNull(fields.first("x-fooo"));
        assertNull(fields.first(""));
    }

    @Test
    void doesNotMixUpSignsThatDifferAsLetterCasesDo() throws Exception {
        // '^' and '~' are 0x20 apart, as 'A' and 'a' are.
        FieldLines fields = Wire.fields("a^: 1", "a~: 2");
        assertEquals("2", fields.first("A~"));
        assertEquals("1", fields.first("A^"));
    }

    @Test
    void splitsAListIntoItsMembers() throws Exception {
        FieldLines fields = Wire.fields("Vary: a, b ,,\tc", "X: 1", "vary:", "VARY: d");

        assertEquals(List.of("a", "b", "", "c", "", "d"), fields.members("Vary"));
        assertEquals(List.of(), fields.members("Connection"));
    }

    @Test
    void findsATokenInAListInAnyCase() throws Exception {
        FieldLines fields = Wire.fields("Connection: Upgrade,  CLOSE ", "Connection: x");

        assertTrue(fields.hasToken("connection", "close"));
        assertTrue(fields.hasToken("Connection", "X"));
        assertFalse(fields.hasToken("Connection", "clos"));
        assertFalse(fields.hasToken("Connection", "keep-alive"));
        assertFalse(fields.hasToken("Trailer", "close"));
    }

    @Test
    void answersForGivenFieldsAsForReceivedOnes() throws Exception {
        FieldLines given =
                FieldLines.of(List.of("ETag", "ETag", "\"1\"", "X-Foo", "X-Foo", "", "ETag", "ETag", "\"2\""));

        assertEquals(3, given.size());
        assertEquals("\"1\"", given.first("etag"));
        assertEquals("", given.first("x-foo"));
        assertEquals(2, given.indexOf("ETAG", 1));
        assertTrue(given.contains("X-FOO"));
        assertFalse(given.contains("X"));
        assertEquals("X-Foo:", given.line(1));
        assertEquals(Wire.lines(Wire.fields("etag: \"1\"", "x-foo:", "etag: \"2\"")), Wire.lines(given));
    }

    @Test
    void tellsNamesInTheirUsualSpellingOrAsTheyWereGiven() throws Exception {
        FieldLines given = FieldLines.of(List.of("ETag", "eTAG", "1", "x-Exact", "x-Exact", "2"));
        FieldLines received = Wire.fields("eTAG: 1", "x-Exact: 2");

        assertEquals(List.of("ETag: 1", "x-Exact: 2"), Wire.lines(given));
        assertEquals(List.of("ETag: 1", "X-Exact: 2"), Wire.lines(received));
        for (FieldLines fields : List.of(given, received)) {
            FieldLines exact = fields.withNamesAsGiven();
            assertEquals("eTAG", fields.givenName(0));
            assertEquals(List.of("eTAG: 1", "x-Exact: 2"), Wire.lines(exact));
            assertEquals(1, exact.indexOf("X-EXACT", 0));
            assertSame(exact, exact.withNamesAsGiven());
        }
        assertSame(FieldLines.EMPTY, FieldLines.EMPTY.withNamesAsGiven());
    }

    @Test
    void keepsWhatFramesWhereNamesAreToldAsTheyWereReceived() throws Exception {
        FieldLines exact = Wire.fields("content-LENGTH: 1", "CONNECTION: close").withNamesAsGiven();
        assertTrue(exact.hasMark(FieldLines.CONTENT_LENGTH));
        assertTrue(exact.hasMark(FieldLines.CONNECTION));
        assertEquals(1, exact.number(0));
    }

    @Test
    void hasNothingInAnEmptySet() {
        assertEquals(0, FieldLines.EMPTY.size());
        assertNull(FieldLines.EMPTY.first("A"));
        assertFalse(FieldLines.EMPTY.contains("A"));
        assertEquals(List.of(), FieldLines.EMPTY.members("A"));
    }
}
