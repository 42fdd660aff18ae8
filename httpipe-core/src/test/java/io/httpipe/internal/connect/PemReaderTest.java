package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.internal.connect.PemReader.Block;
import io.httpipe.testing.PemFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Text in PEM. In these examples, a slash is a line end. */
class PemReaderTest {
    private static final String HELLO = "-----BEGIN A-----\naGVs\nbG8=\n-----END A-----\n";

    private static byte[] hello() {
        return "hello".getBytes(StandardCharsets.US_ASCII);
    }

    private static String refusal(String text) {
        return assertThrows(IllegalArgumentException.class, () -> PemReader.read("pem", text))
                .getMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r", "\n\n", " \t\n  "})
    void blocksAreFoundWhateverEndsALine(String end) {
        List<Block> blocks = PemReader.read("pem", ("Some text\n" + HELLO + "more\n" + HELLO).replace("\n", end));
        assertEquals(2, blocks.size());
        for (Block block : blocks) {
            assertEquals("A", block.label());
            assertArrayEquals(hello(), block.content());
        }
        assertEquals(
                end.equals("\n\n") ? "[A at line 3, A at line 13]" : "[A at line 2, A at line 7]", blocks.toString());
    }

    @Test
    void theLastLineNeedsNoEnd() {
        assertArrayEquals(
                hello(), PemReader.read("pem", HELLO.strip()).getFirst().content());
    }

    @Test
    void textWithoutBlocksHasNone() {
        assertEquals(List.of(), PemReader.read("pem", ""));
        assertEquals(List.of(), PemReader.read("pem", "/etc/ssl/ca.pem"));
        assertEquals(List.of(), PemReader.read("pem", "---- BEGIN A ----\n-----BEGIN\n"));
    }

    @Test
    void headersSayThatABlockIsEncrypted() {
        String text =
                "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011\n\naGVsbG8=\n-----END A-----\n";
        Block block = PemReader.read("pem", text).getFirst();
        assertEquals(true, block.isEncrypted());
        assertArrayEquals(hello(), block.content());
        Block other =
                PemReader.read("pem", text.replace("ENCRYPTED", "MIC-ONLY")).getFirst();
        assertEquals(false, other.isEncrypted());
        assertArrayEquals(hello(), other.content());
    }

    @ParameterizedTest
    @CsvSource({
        "-----BEGIN A-----/aGVs, A at line 1 has no end",
        "x/-----BEGIN A-----/aGVs/-----BEGIN B-----, A at line 2 has no end",
        "-----BEGIN A-----/aGVs/-----END B-----, A at line 1 ends with END B",
        "x/x/-----END A-----, END A at line 3 has no beginning",
        "-----BEGIN A-----/-----END A-----, A at line 1 is empty",
        "-----BEGIN A-----/X: y/aGVs/-----END A-----, A at line 1 is empty",
        "-----BEGIN A-----/aGVs*/-----END A-----, A at line 1 is not Base64",
        "-----BEGIN A-----/a GVs/-----END A-----, A at line 1 is not Base64",
        "-----BEGIN A-----/aGVs/X: y/-----END A-----, A at line 1 is not Base64",
        "-----BEGIN A-----/aGVsb/-----END A-----, A at line 1 is not Base64",
        "x/-----BEGIN -----, line 2 is no boundary of a PEM block",
        "-----BEGIN A, line 1 is no boundary of a PEM block",
        "-----BEGIN A----, line 1 is no boundary of a PEM block",
        "-----BEGIN a-----, line 1 is no boundary of a PEM block",
        "-----BEGIN A-B-----, line 1 is no boundary of a PEM block"
    })
    void aMalformedBlockIsRefused(String text, String reason) {
        assertEquals("pem: " + reason, refusal(text.replace("/", "\n")));
    }

    @Test
    void aLabelHasAtMost64Characters() {
        String longest = "A".repeat(64);
        String text = HELLO.replace(" A-", " " + longest + "-");
        assertEquals(longest, PemReader.read("pem", text).getFirst().label());
        assertEquals("pem: line 1 is no boundary of a PEM block", refusal(text.replace(longest, longest + "A")));
    }

    @Test
    void noMoreThanOneMebibyteIsRead(@TempDir Path folder) throws Exception {
        String most = HELLO + "x".repeat((1 << 20) - HELLO.length());
        assertEquals(1, PemReader.read("pem", most).size());
        assertEquals("pem: longer than 1 MiB", refusal(most + "x"));
        Path file = Files.writeString(folder.resolve("a.pem"), most);
        assertEquals(most, PemReader.text("pem", file));
        Files.writeString(file, most + "x");
        assertEquals(
                "pem: longer than 1 MiB",
                assertThrows(IllegalArgumentException.class, () -> PemReader.text("pem", file))
                        .getMessage());
    }

    @Test
    void certificatesAreTakenFromAmongOtherBlocks() {
        String all = PemFiles.text("all-in-one.pem");
        assertEquals(
                List.of("CN=below", "CN=between"),
                PemReader.certificates("pem", all).stream()
                        .map(certificate ->
                                certificate.getSubjectX500Principal().getName())
                        .toList());
        String older = PemFiles.text("ca.pem").replace(" CERTIFICATE-", " X509 CERTIFICATE-");
        assertEquals(1, PemReader.certificates("pem", older).size());
    }

    @ParameterizedTest
    @CsvSource({
        "/etc/ca.pem, 'no CERTIFICATE; found no line that begins with -----BEGIN'",
        "-----BEGIN A-----/aGVs/-----END A-----, no CERTIFICATE; found A at line 1",
        "-----BEGIN CERTIFICATE-----/aGVs/-----END CERTIFICATE-----, CERTIFICATE at line 1 cannot be read"
    })
    void aTextWithoutCertificatesIsRefused(String text, String reason) {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> PemReader.certificates("pem", text.replace("/", "\n")));
        assertEquals("pem: " + reason, e.getMessage());
    }

    @Test
    void aMessageListsTheFirstBlocksOnly() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> PemReader.certificates("pem", HELLO.repeat(7)));
        assertEquals(
                "pem: no CERTIFICATE; found A at line 1, A at line 5, A at line 9, A at line 13, A at line 17, and others",
                e.getMessage());
    }
}
