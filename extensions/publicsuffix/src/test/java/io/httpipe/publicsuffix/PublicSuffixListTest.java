package io.httpipe.publicsuffix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.httpipe.Cookie;
import io.httpipe.CookieStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bundled list and other lists, and how a cookie store uses them. */
class PublicSuffixListTest {
    private static final PublicSuffixList LIST = PublicSuffixList.bundled();

    /** Returns the shortest domain for which a host may set a cookie; the host if there is no such domain. */
    private static String site(String host) {
        String domain = host;
        for (int dot = host.lastIndexOf('.'); dot >= 0; dot = host.lastIndexOf('.', dot - 1)) {
            CookieStore store = CookieStore.inMemory(LIST);
            try {
                store.add("http://" + host + "/", "a=1; Domain=" + host.substring(dot + 1));
                return store.all().getFirst().domain();
            } catch (IllegalArgumentException e) {
                domain = host;
            }
        }
        return domain;
    }

    @ParameterizedTest
    @CsvSource({
        "com,                       com",
        "example.com,               example.com",
        "b.example.com,             example.com",
        "a.b.example.com,           example.com",
        "uk.com,                    uk.com",
        "example.uk.com,            example.uk.com",
        "b.example.uk.com,          example.uk.com",
        "test.ac,                   test.ac",
        "biz,                       biz",
        "a.b.domain.biz,            domain.biz",
        "unlisted,                  unlisted",
        "a.b.example.unlisted,      example.unlisted",
        "mm,                        mm",
        "c.mm,                      c.mm",
        "b.c.mm,                    b.c.mm",
        "a.b.c.mm,                  b.c.mm",
        "test.jp,                   test.jp",
        "ac.jp,                     ac.jp",
        "a.b.test.ac.jp,            test.ac.jp",
        "kyoto.jp,                  kyoto.jp",
        "b.ide.kyoto.jp,            b.ide.kyoto.jp",
        "a.b.ide.kyoto.jp,          b.ide.kyoto.jp",
        "c.kobe.jp,                 c.kobe.jp",
        "a.b.c.kobe.jp,             b.c.kobe.jp",
        "city.kobe.jp,              city.kobe.jp",
        "www.city.kobe.jp,          city.kobe.jp",
        "test.ck,                   test.ck",
        "a.b.test.ck,               b.test.ck",
        "www.www.ck,                www.ck",
        "ak.us,                     ak.us",
        "a.b.test.k12.ak.us,        test.k12.ak.us",
        "www.xn--85x722f.com.cn,     xn--85x722f.com.cn",
        "www.xn--85x722f.xn--55qx5d.cn, xn--85x722f.xn--55qx5d.cn",
        "xn--55qx5d.cn,             xn--55qx5d.cn",
        "a.co.uk,                   a.co.uk",
        "me.github.io,              me.github.io",
        "x.me.github.io,            me.github.io"
    })
    void aHostCanSetCookiesForItsSiteOnly(String host, String expected) {
        assertEquals(expected, site(host));
    }

    @Test
    void aSuffixItselfHasCookiesForItsHostOnly() {
        CookieStore store = CookieStore.inMemory(LIST).add("http://github.io/", "a=1; Domain=github.io");
        Cookie cookie = store.all().getFirst();
        assertTrue(cookie.hostOnly());
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> store.add("http://kobe.jp/", "a=1; Domain=jp"));
        assertTrue(e.getMessage().endsWith("its Domain is a public suffix"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> store.add("http://city.kobe.jp/", "a=1; Domain=kobe.jp"));
    }

    @Test
    void theBundledListIsWhole() {
        int rules = Integer.parseInt(LIST.toString().replaceAll("[^0-9]", ""));
        assertTrue(rules > 9000, LIST.toString());
        assertEquals(LIST, PublicSuffixList.bundled());
    }

    @Test
    void aListCanBeLoaded(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("list.dat");
        Files.writeString(file, "// comment\n\n  CO.test and more\n*.wild\n!not.wild\n\u98df\u72ee.test\n");
        PublicSuffixList list = PublicSuffixList.load(file);
        assertEquals("PublicSuffixList[4 rules]", list.toString());
        assertTrue(list.isPublicSuffix("co.test"));
        assertTrue(list.isPublicSuffix("a.wild"));
        assertTrue(!list.isPublicSuffix("not.wild"));
        assertTrue(list.isPublicSuffix("xn--85x722f.test"));
        assertTrue(!list.isPublicSuffix("a.co.test"));
    }

    @ParameterizedTest
    @CsvSource({
        "'a\nb..c\n',       ', line 2: b..c is not a rule'",
        "'a\n.b\n',         ', line 2: .b is not a rule'",
        "'*\n',             ', line 1: * is not a rule'",
        "'!\n',             ', line 1: ! is not a rule'",
        "'a.*.b\n',         ', line 1: a.*.b is not a rule'",
        "'<html>\n',        ', line 1: <html> is not a rule'",
        "'// none\n',       ': it has no rules'"
    })
    void aMalformedListIsRefused(String text, String message, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("list.dat");
        Files.writeString(file, text);
        IOException e = assertThrows(IOException.class, () -> PublicSuffixList.load(file));
        assertEquals(file + message, e.getMessage());
    }

    @Test
    void aListIsBounded(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("list.dat");
        Files.writeString(file, "// ".repeat(2 << 20));
        IOException e = assertThrows(IOException.class, () -> PublicSuffixList.load(file));
        assertEquals(file + ": it has more than 4194304 bytes", e.getMessage());
    }

    @Test
    void theExtensionUsesOnlyTheExportedApi() {
        ArchRuleDefinition.noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.httpipe.internal..")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("io.httpipe.publicsuffix"));
    }
}
