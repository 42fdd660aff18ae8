package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FixedSeed;
import io.httpipe.testing.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloaded files, which arrive completely or not at all, whatever the connection and the server do. */
@Timeout(60)
class DownloadTest {
    private static final Pattern RANGE = Pattern.compile("\r\nRange: bytes=(\\d+)-\r\n");
    private static final byte[] FILE = new byte[300_000];

    static {
        new FixedSeed(DownloadTest.class, 29).random().nextBytes(FILE);
    }

    @TempDir
    Path folder;

    /** Sends a file, or the rest of it, up to a cut. */
    private static final class FileServer implements Script {
        private final AtomicInteger count = new AtomicInteger();
        private final int[] cuts;
        private String fields = "ETag: \"v1\"\r\n";
        private boolean ranges = true;

        FileServer(int... cuts) {
            this.cuts = cuts;
        }

        @Override
        public void run(Peer peer) throws IOException {
            String head = peer.nextHead();
            if (head == null) {
                return;
            }
            int index = count.getAndIncrement();
            Matcher range = RANGE.matcher(head);
            int from = range.find() && ranges ? Integer.parseInt(range.group(1)) : 0;
            int to = index < cuts.length ? Math.max(from, cuts[index]) : FILE.length;
            peer.send(
                    from > 0
                            ? "HTTP/1.1 206 x\r\nConnection: close\r\nContent-Range: bytes %d-%d/%d\r\nContent-Length: %d\r\n%s\r\n"
                                    .formatted(from, FILE.length - 1, FILE.length, FILE.length - from, fields)
                            : "HTTP/1.1 200 x\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n"
                                    .formatted(FILE.length, fields));
            peer.send(Arrays.copyOfRange(FILE, from, to));
        }
    }

    private static Script answering(String head, byte[] body) {
        return peer -> {
            if (peer.nextHead() != null) {
                peer.send(head.replace("\n", "\r\n") + "\r\n");
                peer.send(body);
            }
        };
    }

    private static String digest(String algorithm, byte[] bytes) throws Exception {
        return ":"
                + Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance(algorithm).digest(bytes)) + ":";
    }

    private Path target() {
        return folder.resolve("file.bin");
    }

    private Response download(ScriptedServer server) throws IOException {
        try (Httpipe hp = Httpipe.create()) {
            return hp.download(Request.get(server.uri("/f")), target());
        }
    }

    private void assertWhole() throws IOException {
        assertArrayEquals(FILE, Files.readAllBytes(target()));
    }

    @AfterEach
    void assertNoOtherFileIsLeft() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(), files.filter(file -> !file.equals(target())).toList());
        }
    }

    @Test
    void aBodyThatIsCutAtTwentyPlacesArrivesWhole() throws Exception {
        Random random = new FixedSeed(DownloadTest.class, 31).random();
        int[] cuts = random.ints(20, 1, FILE.length).sorted().toArray();
        FileServer script = new FileServer(cuts);
        script.fields += "Repr-Digest: sha-512=" + digest("SHA-512", FILE) + "\r\n";
        try (ScriptedServer server = ScriptedServer.of(script)) {
            assertEquals(206, download(server).status());
            assertWhole();
            List<String> heads = server.heads();
            assertEquals(21, heads.size());
            assertTrue(heads.getFirst().contains("\r\nAccept-Encoding: identity\r\n"), heads.getFirst());
            for (int i = 1; i < heads.size(); i++) {
                String expected = "Range: bytes=" + cuts[i - 1] + "-\r\nIf-Range: \"v1\"\r\n";
                assertTrue(heads.get(i).contains(expected), heads.get(i));
            }
        }
    }

    @Test
    void aStrongTimeOfModificationIsAValidatorToo() throws Exception {
        FileServer script = new FileServer(1000);
        script.fields = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:50:37 GMT\r\n";
        try (ScriptedServer server = ScriptedServer.of(script)) {
            assertEquals(206, download(server).status());
            assertWhole();
            assertTrue(server.heads().get(1).contains("If-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ETag: W/\"v1\"\r\n",
                "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:50:36 GMT\r\n"
            })
    void withoutAStrongValidatorTheFileIsBegunAgain(String fields) throws Exception {
        FileServer script = new FileServer(1000, 500);
        script.fields = fields;
        try (ScriptedServer server = ScriptedServer.of(script)) {
            assertEquals(200, download(server).status());
            assertWhole();
            assertEquals(3, server.heads().size());
            assertFalse(server.heads().getLast().contains("Range"));
        }
    }

    @Test
    void aServerThatIgnoresRangeSendsTheWholeFile() throws Exception {
        FileServer script = new FileServer(1000);
        script.ranges = false;
        try (ScriptedServer server = ScriptedServer.of(script)) {
            assertEquals(200, download(server).status());
            assertWhole();
            assertEquals(2, server.heads().size());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 416 x\nContent-Length: 0\nContent-Range: bytes */10\n",
                "HTTP/1.1 206 x\nContent-Length: 5\nContent-Range: bytes 1000-1004/300000\nETag: \"v2\"\n",
                "HTTP/1.1 206 x\nContent-Length: 5\nContent-Range: bytes 1000-1004/300000\n",
                "HTTP/1.1 206 x\nContent-Length: 5\nContent-Range: bytes 999-1003/300000\nETag: \"v1\"\n",
                "HTTP/1.1 206 x\nContent-Length: 5\nContent-Range: bytes 1000-1004/1005\nETag: \"v1\"\n",
                "HTTP/1.1 206 x\nContent-Length: 5\nContent-Range: bytes 1000-1009/300000\nETag: \"v1\"\n",
                "HTTP/1.1 206 x\nContent-Length: 5\nContent-Range: items 1000-1004/300000\nETag: \"v1\"\n",
                "HTTP/1.1 206 x\nContent-Length: 5\nETag: \"v1\"\n"
            })
    void anAnswerThatDoesNotFitBeginsTheFileAgain(String head) throws Exception {
        FileServer script = new FileServer(1000);
        byte[] body = head.contains(" 416 ") ? new byte[0] : new byte[5];
        try (ScriptedServer server = ScriptedServer.of(script, answering(head, body), script)) {
            assertEquals(200, download(server).status());
            assertWhole();
            assertFalse(server.heads().getLast().contains("Range"));
        }
    }

    @Test
    void aRangeThatIsShorterThanAskedForIsFollowedUp() throws Exception {
        FileServer script = new FileServer(1000);
        String part = "HTTP/1.1 206 x\nContent-Length: 500\nContent-Range: bytes 1000-1499/300000\nETag: \"v1\"\n"
                + "Content-Digest: sha-256=" + digest("SHA-256", Arrays.copyOfRange(FILE, 1000, 1500)) + "\n";
        try (ScriptedServer server =
                ScriptedServer.of(script, answering(part, Arrays.copyOfRange(FILE, 1000, 1500)), script)) {
            download(server);
            assertWhole();
            assertTrue(server.heads().getLast().contains("Range: bytes=1500-\r\n"));
        }
    }

    @Test
    void aServerThatNeverGoesFurtherEndsTheDownload() throws Exception {
        Files.writeString(target(), "old");
        try (ScriptedServer server = ScriptedServer.of(new FileServer(new int[100]))) {
            assertThrows(ConnectionLostException.class, () -> download(server));
            assertEquals("old", Files.readString(target()));
        }
        int[] same = new int[100];
        Arrays.fill(same, 1000);
        FileServer again = new FileServer(same);
        again.fields = "";
        try (ScriptedServer server = ScriptedServer.of(again)) {
            assertThrows(IOException.class, () -> download(server));
            assertTrue(server.heads().size() <= 8, server.heads().size() + " requests");
            assertEquals("old", Files.readString(target()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1000})
    void onlyFiveAttemptsInARowWithoutMoreBytesEndADownload(int bytes) throws Exception {
        int none = bytes == 0 ? 5 : 6;
        int[] cuts = new int[100];
        Arrays.fill(cuts, bytes);
        try (ScriptedServer server = ScriptedServer.of(new FileServer(cuts))) {
            assertThrows(ConnectionLostException.class, () -> download(server));
            assertEquals(none, server.heads().size());
        }
        // The last attempt that is allowed brings one byte, so the count starts again.
        Arrays.fill(cuts, none - 1, cuts.length, bytes + 1);
        cuts[none + 3] = FILE.length;
        try (ScriptedServer server = ScriptedServer.of(new FileServer(cuts))) {
            assertEquals(206, download(server).status());
            assertWhole();
            assertEquals(none + 4, server.heads().size());
        }
    }

    @Test
    void aDefaultRangeOfTheClientIsNotSent() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(new FileServer(1000));
                Httpipe hp = Httpipe.builder()
                        .header("Range", "bytes=7-")
                        .header("If-Range", "\"v0\"")
                        .build()) {
            hp.download(Request.get(server.uri("/")), target());
            assertWhole();
            assertFalse(server.heads().getFirst().contains("Range"), server.heads()::toString);
            assertTrue(
                    server.heads().getLast().contains("\r\nRange: bytes=1000-\r\nIf-Range: \"v1\"\r\n"),
                    server.heads()::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Repr-Digest: sha-256=", "Content-Digest: a=1, sha-256="})
    void aFileWithAnotherHashValueIsNotKept(String field) throws Exception {
        FileServer script = new FileServer(1000);
        script.fields += field + digest("SHA-256", new byte[0]) + "\r\n";
        try (ScriptedServer server = ScriptedServer.of(script)) {
            MalformedResponseException e = assertThrows(MalformedResponseException.class, () -> download(server));
            String name = field.substring(0, field.indexOf(':'));
            assertTrue(e.getMessage().startsWith("the body does not match the SHA-256 of " + name), e.getMessage());
            assertFalse(Files.exists(target()));
        }
    }

    @Test
    void anErrorResponseIsNotSaved() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(
                answering("HTTP/1.1 404 x\nContent-Length: 3\n", "why".getBytes(StandardCharsets.UTF_8)))) {
            StatusException e = assertThrows(StatusException.class, () -> download(server));
            assertEquals("why", e.response().text());
            assertFalse(Files.exists(target()));
        }
        try (Httpipe hp = Httpipe.create()) {
            Request get = Request.get("http://h.test/");
            assertThrows(IllegalArgumentException.class, () -> hp.download(get.method("POST"), target()));
            assertThrows(IllegalArgumentException.class, () -> hp.download(get.header("Range", "bytes=1-"), target()));
        }
    }

    @Test
    void theDeadlineEndsADownload() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(DownloadTest::sendHalf);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).timeout(Duration.ofSeconds(1));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.download(request, target()));
            assertEquals(TimedOutException.Limit.DEADLINE, e.limit());
            assertFalse(Files.exists(target()));
            assertEquals(1, server.connections());
        }
    }

    private static void sendHalf(Peer peer) throws IOException {
        peer.head();
        peer.send("HTTP/1.1 200 x\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\nhalf");
        peer.awaitClose();
    }

    @Test
    void anInterruptEndsADownload() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(DownloadTest::sendHalf);
                Httpipe hp = Httpipe.create()) {
            CompletableFuture<CancelledException> outcome = new CompletableFuture<>();
            CompletableFuture<Boolean> flag = new CompletableFuture<>();
            Thread caller = Thread.ofVirtual().start(() -> {
                outcome.complete(assertThrows(
                        CancelledException.class, () -> hp.download(Request.get(server.uri("/")), target())));
                flag.complete(Thread.interrupted());
            });
            Threads.awaitWaiting(caller, "FileTarget.append SocketTransport.read");
            caller.interrupt();
            assertEquals(
                    CancelledException.Reason.INTERRUPT,
                    outcome.get(10, TimeUnit.SECONDS).reason());
            assertTrue(flag.get());
            assertFalse(Files.exists(target()));
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void aFileThatIsReplacedKeepsItsPermissions() throws Exception {
        Set<PosixFilePermission> unusual = PosixFilePermissions.fromString("rw-r----x");
        Files.setPosixFilePermissions(Files.writeString(target(), "old"), unusual);
        Set<Set<PosixFilePermission>> ofPart = new HashSet<>();
        try (ScriptedServer server = ScriptedServer.of(new FileServer());
                Httpipe hp = Httpipe.create()) {
            hp.download(Request.get(server.uri("/")), target(), progress -> {
                try (Stream<Path> files = Files.list(folder)) {
                    for (Path file :
                            files.filter(each -> !each.equals(target())).toList()) {
                        ofPart.add(Files.getPosixFilePermissions(file));
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        assertWhole();
        assertEquals(unusual, Files.getPosixFilePermissions(target()));
        assertEquals(Set.of(PosixFilePermissions.fromString("rw-------")), ofPart);
    }

    @Test
    void oneResponseIsSavedWithoutFollowingItUp() throws Exception {
        Files.writeString(target(), "old");
        try (ScriptedServer server = ScriptedServer.of(new FileServer(1000));
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(server.uri("/"));
            assertThrows(ConnectionLostException.class, () -> hp.stream(get).saveTo(target()));
            assertEquals("old", Files.readString(target()));
            assertEquals(FILE.length, hp.stream(get).saveTo(target()));
            assertWhole();
            assertEquals(2, server.heads().size());
        }
    }

    @Test
    void progressIsReportedForBothDirections() throws Exception {
        List<Progress> down = new ArrayList<>();
        List<Progress> up = new ArrayList<>();
        List<Progress> part = new ArrayList<>();
        try (ScriptedServer server = ScriptedServer.of(new FileServer(1000));
                Httpipe hp = Httpipe.create()) {
            hp.download(Request.get(server.uri("/")), target(), down::add);
            assertEquals(FILE.length, down.getLast().bytes());
            assertEquals(FILE.length, down.getLast().total());
            assertTrue(down.getLast().bytesPerSecond() > 0);
        }
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.bodyOf(peer.head()).all();
                    peer.send("HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n");
                });
                Httpipe hp = Httpipe.create()) {
            Body file = Body.of(target()).progress(part::add);
            Body body = Body.multipart().text("a", "b").part("f", file).progress(up::add);
            hp.request(Request.post(server.uri("/")).body(body)).orThrow();
            assertEquals(new Progress(FILE.length, FILE.length, part.getLast().bytesPerSecond()), part.getLast());
            assertEquals(up.getLast().total(), up.getLast().bytes());
            assertTrue(up.getLast().bytes() > FILE.length);
        }
        assertTrue(down.size() + up.size() + part.size() < 30, "at most ten times a second");
    }
}
