package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.httpipe.ConnectionLostException;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.MalformedResponseException;
import io.httpipe.Progress;
import io.httpipe.Request;
import io.httpipe.Response;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from nginx over connections that are cut. */
class DownloadIT {
    private static final int MIB = 1 << 20;
    private static final long GIB = 1L << 30;

    @AutoClose
    private final Httpipe hp = Clients.create();

    @TempDir
    private Path folder;

    /** Writes a file of pseudorandom bytes in the container. Returns its SHA-256 in Base64. */
    private static String generate(String name, long size, int seed) throws InterruptedException {
        return Codings.shell(("openssl enc -aes-128-ctr -K %02d -iv 00 -in /dev/zero 2>/dev/null | head -c %d"
                        + " | tee %s.new | openssl dgst -sha256 -binary | base64 && mv %s.new %s")
                .formatted(seed, size, name, name, name));
    }

    private static byte[] sha256(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] piece = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                digest.update(piece, 0, read);
            }
        }
        return digest.digest();
    }

    private static void assertDigest(String base64, Path file) throws Exception {
        byte[] expected = Base64.getDecoder().decode(base64);
        assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(sha256(file)));
    }

    private void assertFolder(String... names) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertArrayEquals(
                    names, files.map(file -> file.getFileName().toString()).toArray());
        }
    }

    @Test
    void aGibibyteCutAtTwentyPlacesArrivesWhole() throws Exception {
        String digest = generate("gibibyte", GIB, 1);
        long[] cuts = new Random(19).longs(20, 1, GIB).sorted().distinct().toArray();
        Path target = folder.resolve("gibibyte");
        List<Progress> progress = new ArrayList<>();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (CuttingRelay relay = new CuttingRelay(Codings.NGINX, () -> {}, cuts)) {
            Request request = Request.get(relay.uri("/files/gibibyte?digest=sha-256=:" + digest + ":"));
            long before = threads.getCurrentThreadAllocatedBytes();
            Response response = hp.download(request, target, progress::add);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertEquals(206, response.status());
            assertEquals(1 + cuts.length, relay.connections());
            assertTrue(allocated < 16 * MIB, allocated + " bytes of memory");
        }
        assertEquals(GIB, Files.size(target));
        assertDigest(digest, target);
        assertFolder("gibibyte");
        assertEquals(GIB, progress.getLast().bytes());
        assertTrue(progress.stream().allMatch(p -> p.total() == GIB), progress::toString);
        Codings.shell("rm gibibyte");
    }

    @Test
    void aFileThatChangesIsBegunAgain() throws Exception {
        generate("changing", 4 * MIB, 2);
        List<String> digests = new ArrayList<>();
        Path target = folder.resolve("file");
        // Each file has another length, because nginx makes the ETag from the length and the time in seconds.
        CuttingRelay.AfterCut change =
                () -> digests.add(generate("changing", 3 * MIB - digests.size(), 3 + digests.size()));
        try (CuttingRelay relay = new CuttingRelay(Codings.NGINX, change, MIB, 3 * MIB)) {
            Response response = hp.download(Request.get(relay.uri("/files/changing")), target);
            assertEquals(200, response.status());
            assertEquals(3, relay.connections());
        }
        assertEquals(3 * MIB - 1, Files.size(target));
        assertDigest(digests.getLast(), target);
        assertFolder("file");
    }

    @Test
    void aFileWithoutRangesIsBegunAgain() throws Exception {
        String digest = generate("whole", 4 * MIB, 6);
        Path target = folder.resolve("file");
        try (CuttingRelay relay = new CuttingRelay(Codings.NGINX, () -> {}, MIB, 3 * MIB, 5 * MIB)) {
            Response response = hp.download(Request.get(relay.uri("/whole/whole")), target);
            assertEquals(200, response.status());
            assertEquals(4, relay.connections());
        }
        assertDigest(digest, target);
        assertFolder("file");
    }

    @Test
    void aFileThatIsAlwaysCutLeavesTheTargetAsItWas() throws Exception {
        generate("cut", 4 * MIB, 7);
        Path target = Files.writeString(folder.resolve("file"), "old");
        long[] cuts = new long[20];
        Arrays.setAll(cuts, i -> (i + 1L) * MIB);
        try (CuttingRelay relay = new CuttingRelay(Codings.NGINX, () -> {}, cuts)) {
            HttpipeException e = assertThrows(
                    HttpipeException.class, () -> hp.download(Request.get(relay.uri("/whole/cut")), target));
            assertTrue(e instanceof ConnectionLostException || e instanceof MalformedResponseException, e::toString);
        }
        assertEquals("old", Files.readString(target));
        assertFolder("file");
    }

    @Test
    void aFileWithAnotherDigestIsRefused() throws Exception {
        generate("digest", MIB, 8);
        String other = generate("other", MIB, 9);
        Path target = folder.resolve("file");
        Request request = Request.get(Codings.NGINX.uri("/files/digest?digest=sha-256=:" + other + ":"));
        MalformedResponseException e =
                assertThrows(MalformedResponseException.class, () -> hp.download(request, target));
        assertTrue(e.getMessage().contains("Repr-Digest"), e.getMessage());
        assertFolder();
    }
}
