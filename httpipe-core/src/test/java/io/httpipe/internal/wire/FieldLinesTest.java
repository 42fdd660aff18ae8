package io.httpipe.internal.wire;

import static io.httpipe.internal.wire.ParserHarness.linesOf;
import static io.httpipe.internal.wire.ParserHarness.parseFields;
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

/** Spelling of field names, and lookups in received and given fields. */
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
    void normalizesTheSpellingOfNames(String given, String normalized) throws Exception {
        assertEquals(normalized, FieldNames.normalize(given));
        assertEquals(normalized, parseFields(given + ": 1").name(0));
        assertEquals(
                normalized, parseFields(given.toUpperCase(Locale.ROOT) + ": 1").name(0));
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
    void treatsNamesInTheTableLikeOthers(String name) throws Exception {
        for (String spelling :
                List.of(name, name.toLowerCase(Locale.ROOT), name.toUpperCase(Locale.ROOT), alternating(name))) {
            FieldLines fields = parseFields("Other: 0", spelling + ": 1");
            assertEquals(1, fields.indexOf(name, 0), "before the name is decoded");
            assertEquals(name, fields.name(1));
            assertEquals(1, fields.indexOf(spelling, 0), "after the name is decoded");
            assertEquals(name, FieldNames.normalize(spelling));
        }
    }

    /** The names of the IANA registry that do not follow the rule. SOAPAction is spelled as in SOAP 1.1. */
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
    void spellsRegisteredNamesAsTheRegistryDoes(String name) throws Exception {
        treatsNamesInTheTableLikeOthers(name);
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
    void spellsWellKnownNamesAsTheirSpecificationsDo(String name) throws Exception {
        treatsNamesInTheTableLikeOthers(name);
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
    void returnsTheSameStringForACommonName() throws Exception {
        assertSame(
                parseFields("content-type: a").name(0),
                parseFields("CONTENT-TYPE: b").name(0));
    }

    @Test
    void distinguishesNamesThatDifferInOneLetterOrInLength() throws Exception {
        FieldLines fields = parseFields("X-Foo: 1", "X-Fo: 2", "X-Fop: 3", "X_Foo: 4");

        assertEquals("1", fields.first("x-foo"));
        assertEquals("2", fields.first("x-fo"));
        assertEquals("3", fields.first("x-fop"));
        assertEquals("4", fields.first("x_foo"));
        assertNull(fields.first("x-fooo"));
        assertNull(fields.first(""));
    }

    @Test
    void distinguishesSignsThatDifferOnlyInTheCaseBit() throws Exception {
        // '^' and '~' differ by 0x20, like 'A' and 'a'.
        FieldLines fields = parseFields("a^: 1", "a~: 2");
        assertEquals("2", fields.first("A~"));
        assertEquals("1", fields.first("A^"));
    }

    @Test
    void splitsAListIntoItsMembers() throws Exception {
        FieldLines fields = parseFields("Vary: a, b ,,\tc", "X: 1", "vary:", "VARY: d");

        assertEquals(List.of("a", "b", "", "c", "", "d"), fields.members("Vary"));
        assertEquals(List.of(), fields.members("Connection"));
    }

    @Test
    void findsATokenInAListIgnoringCase() throws Exception {
        FieldLines fields = parseFields("Connection: Upgrade,  CLOSE ", "Connection: x");

        assertTrue(fields.hasToken("connection", "close"));
        assertTrue(fields.hasToken("Connection", "X"));
        assertFalse(fields.hasToken("Connection", "clos"));
        assertFalse(fields.hasToken("Connection", "keep-alive"));
        assertFalse(fields.hasToken("Trailer", "close"));
    }

    @Test
    void treatsGivenFieldsLikeReceivedFields() throws Exception {
        FieldLines given =
                FieldLines.of(List.of("ETag", "ETag", "\"1\"", "X-Foo", "X-Foo", "", "ETag", "ETag", "\"2\""));

        assertEquals(3, given.size());
        assertEquals("\"1\"", given.first("etag"));
        assertEquals("", given.first("x-foo"));
        assertEquals(2, given.indexOf("ETAG", 1));
        assertTrue(given.contains("X-FOO"));
        assertFalse(given.contains("X"));
        assertEquals("X-Foo:", given.line(1));
        assertEquals(linesOf(parseFields("etag: \"1\"", "x-foo:", "etag: \"2\"")), linesOf(given));
    }

    @Test
    void returnsNamesNormalizedOrAsGiven() throws Exception {
        FieldLines given = FieldLines.of(List.of("ETag", "eTAG", "1", "x-Exact", "x-Exact", "2"));
        FieldLines received = parseFields("eTAG: 1", "x-Exact: 2");

        assertEquals(List.of("ETag: 1", "x-Exact: 2"), linesOf(given));
        assertEquals(List.of("ETag: 1", "X-Exact: 2"), linesOf(received));
        for (FieldLines fields : List.of(given, received)) {
            FieldLines exact = fields.withNamesAsGiven();
            assertEquals("eTAG", fields.givenName(0));
            assertEquals(List.of("eTAG: 1", "x-Exact: 2"), linesOf(exact));
            assertEquals(1, exact.indexOf("X-EXACT", 0));
            assertSame(exact, exact.withNamesAsGiven());
        }
        assertSame(FieldLines.EMPTY, FieldLines.EMPTY.withNamesAsGiven());
    }

    @Test
    void keepsFlagsWithNamesAsReceived() throws Exception {
        FieldLines exact = parseFields("content-LENGTH: 1", "CONNECTION: close").withNamesAsGiven();
        assertTrue(exact.hasFlag(FieldLines.CONTENT_LENGTH));
        assertTrue(exact.hasFlag(FieldLines.CONNECTION));
        assertEquals(1, exact.decimalValue(0));
    }

    @Test
    void emptyFieldLinesContainNothing() {
        assertEquals(0, FieldLines.EMPTY.size());
        assertNull(FieldLines.EMPTY.first("A"));
        assertFalse(FieldLines.EMPTY.contains("A"));
        assertEquals(List.of(), FieldLines.EMPTY.members("A"));
    }
}
