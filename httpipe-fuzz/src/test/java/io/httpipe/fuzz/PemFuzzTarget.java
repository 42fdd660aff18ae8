package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.fuzz.ReferencePemParser.ParsedBlock;
import io.httpipe.internal.connect.ClientKeys;
import io.httpipe.internal.connect.ConnectInternals;
import io.httpipe.internal.connect.PemReader;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fuzzes certificates and private keys in PEM. The input is a text. */
public final class PemFuzzTarget {
    /** A certificate for a key on the curve P-256. */
    private static final String CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIIBJzCBzgIUexr8UhrBHyw4SDzbJiEq2TH4XQUwCgYIKoZIzj0EAwIwHDEaMBgG
            A1UEAwwRZml4dHVyZSBhdXRob3JpdHkwIBcNMjYxMTMwMDUwNDE4WhgPMjEyNjEx
            MDYwNTA0MThaMA8xDTALBgNVBAMMBHAyNTYwWTATBgcqhkjOPQIBBggqhkjOPQMB
            BwNCAAR50CCPLopM9wI0S0N6UWi6EpPx1Ph8ilaP5dA3GTJSvRSBZFeH8RDHXQ3w
            +T4ew9eSjA2s4qw1SFx7wASip/JjMAoGCCqGSM49BAMCA0gAMEUCIQCAP12fD7YR
            VOX45GonXWI7Zzu0u2Zuqju92ji8PuSVcAIgethB8ovwzA7zAvfSvTYAadKDBYQw
            sB3zKHqW/golpvE=
            -----END CERTIFICATE-----
            """;

    private static final int LONGEST_MESSAGE = 600;

    private PemFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String text = Bytes.latin1(data);
        List<ParsedBlock> expected = ReferencePemParser.parse(text);
        List<PemReader.Block> blocks = null;
        try {
            blocks = PemReader.read("pem", text);
        } catch (IllegalArgumentException e) {
            assertNull(expected, e.getMessage());
            assertMessage(e);
        }
        if (blocks != null) {
            assertNotNull(expected, () -> "accepted: " + text);
            assertEquals(expected, blocks.stream().map(PemFuzzTarget::parsed).toList());
            for (int i = 0; i < blocks.size(); i++) {
                assertEquals(ReferencePemParser.pkcs8(expected.get(i)), pkcs8(blocks.get(i)));
            }
        }
        refusals(text);
    }

    private static ParsedBlock parsed(PemReader.Block block) {
        String description = block.toString();
        String line = description.substring(description.lastIndexOf(' ') + 1);
        return new ParsedBlock(
                block.label(),
                Integer.parseInt(line),
                block.isEncrypted(),
                HexFormat.of().formatHex(block.content()));
    }

    private static @Nullable String pkcs8(PemReader.Block block) {
        try {
            return HexFormat.of().formatHex(ConnectInternals.pkcs8(block));
        } catch (IllegalArgumentException e) {
            assertMessage(e);
            return null;
        }
    }

    /**
     * The JDK reads the content of the blocks. The client may refuse any content, but only with an
     * {@link IllegalArgumentException}.
     */
    private static void refusals(String text) {
        try {
            PemReader.certificates("pem", text);
        } catch (IllegalArgumentException e) {
            assertMessage(e);
        }
        try {
            assertNotNull(ClientKeys.ofPem("chain", CERTIFICATE, "key", text, new char[0]));
        } catch (IllegalArgumentException e) {
            assertMessage(e);
        }
    }

    private static void assertMessage(IllegalArgumentException e) {
        TextInput.assertOneLineMessage(e);
        assertTrue(e.getMessage().length() < LONGEST_MESSAGE, e.getMessage());
    }
}
