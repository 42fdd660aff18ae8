package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Encodings;
import io.httpipe.testing.FixedSeed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads and saved responses when the server sends wrong headers, and when the caller makes mistakes. */
@Timeout(60)
class HostileDownloadTest {
    static final byte[] FILE = new byte[3000];
    static final String TAG = "ETag: \"v1\"\r\n";

    static {
        new FixedSeed(HostileDownloadTest.class, 47).random().nextBytes(FILE);
    }

    @TempDir
    Path folder;

    /** Sends a response with a part of the file after {@code Connection: close}. */
    static Script sending(int status, String fields, int from, int to) {
        return peer -> {
            if (peer.nextHead() != null) {
                peer.send("HTTP/1.1 %d x\r\nConnection: close\r\n%s\r\n".formatted(status, fields));
                peer.send(Arrays.copyOfRange(FILE, from, to));
            }
        };
    }

    static Script whole(String fields) {
        return sending(200, "Content-Length: 3000\r\n" + fields, 0, 3000);
    }

    static Script cut(String fields, int to) {
        return sending(200, "Content-Length: 3000\r\n" + fields, 0, to);
    }

    /** Begins a chunked response, and closes the connection after this many bytes of the file. */
    static Script cutInChunk(int to) {
        return peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n%s\r\n%x\r\n".formatted(TAG, to));
            peer.send(Arrays.copyOf(FILE, to));
        };
    }

    private Path target() {
        return folder.resolve("file.bin");
    }

    private Response download(ScriptedServer server) throws IOException {
        try (Httpipe hp = Httpipe.create()) {
            return hp.download(Request.get(server.uri("/f")), target());
        }
    }

    private void assertWhole(ScriptedServer server, int requests) throws IOException {
        assertArrayEquals(FILE, Files.readAllBytes(target()));
        assertEquals(requests, server.heads().size());
    }

    @AfterEach
    void assertNoPartIsLeft() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    List.of(),
                    files.filter(file -> file.toString().endsWith(".part")).toList());
        }
    }

    @Test
    void aPartOfAFileOfUnknownSizeIsNotTakenForItsEnd() throws Exception {
        String part = "Content-Length: 500\r\nContent-Range: bytes 1000-1499/*\r\n";
        try (ScriptedServer server =
                ScriptedServer.of(cutInChunk(1000), sending(206, part + TAG, 1000, 1500), whole(TAG))) {
            download(server);
            assertWhole(server, 3);
            assertFalse(server.heads().getLast().contains("Range"));
        }
    }

    @Test
    void aKnownSizeNeedNotBeRepeated() throws Exception {
        String rest = "Content-Length: 2000\r\nContent-Range: bytes 1000-2999/*\r\n";
        try (ScriptedServer server = ScriptedServer.of(cut(TAG, 1000), sending(206, rest + TAG, 1000, 3000))) {
            download(server);
            assertWhole(server, 2);
        }
    }

    @Test
    void aPartOfAnotherVersionIsRefusedByItsTimeOfModification() throws Exception {
        String date = "Date: Sun, 06 Nov 1994 09:49:37 GMT\r\n";
        String first = date + "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        String rest = date + "Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT\r\n"
                + "Content-Length: 2000\r\nContent-Range: bytes 1000-2999/3000\r\n";
        try (ScriptedServer server = ScriptedServer.of(cut(first, 1000), sending(206, rest, 0, 2000), whole(first))) {
            download(server);
            assertWhole(server, 3);
        }
    }

    @Test
    void aPartWithMoreBytesThanItsRangeEndsTheDownload() throws Exception {
        Script longer = peer -> {
            peer.head();
            peer.send("HTTP/1.1 206 x\r\nContent-Range: bytes 1000-1009/3000\r\nTransfer-Encoding: chunked\r\n" + TAG
                    + "\r\n14\r\n01234567890123456789\r\n0\r\n\r\n");
        };
        try (ScriptedServer server = ScriptedServer.of(cut(TAG, 1000), longer)) {
            MalformedResponseException e = assertThrows(MalformedResponseException.class, () -> download(server));
            assertTrue(e.getMessage().startsWith("the file has 1020 bytes, more than the 1010 "), e.getMessage());
            assertFalse(Files.exists(target()));
        }
    }

    /** These parts are empty but end as their framing says, so no call fails. Yet they bring no bytes of the file. */
    @ParameterizedTest
    @ValueSource(strings = {"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Connection: close\r\n\r\n"})
    void partsWithoutBytesEndTheDownload(String framingAndBody) throws Exception {
        Script empty = peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                peer.send("HTTP/1.1 206 x\r\nContent-Range: bytes 1000-2999/3000\r\n" + TAG + framingAndBody);
                if (framingAndBody.startsWith("Connection: close")) {
                    return;
                }
            }
        };
        try (ScriptedServer server = ScriptedServer.of(cut(TAG, 1000), empty);
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(server.uri("/f"));
            MalformedResponseException e = assertThrows(
                    MalformedResponseException.class, () -> Download.run(hp, get, target(), null, longest -> 0));
            assertTrue(
                    e.getMessage()
                            .startsWith("5 attempts in a row brought no new bytes: 1000 of 3000 bytes were received"),
                    e.getMessage());
            assertEquals(6, server.heads().size());
            assertFalse(Files.exists(target()));
        }
    }

    @Test
    void eachRestartOfTheFileCountsOnce() throws Exception {
        Script none = sending(416, "Content-Length: 0\r\n", 0, 0);
        List<Script> scripts = new ArrayList<>();
        for (int begun = 0; begun < 5; begun++) {
            scripts.add(cut(TAG, 1000 + begun));
            scripts.add(none);
        }
        scripts.add(whole(TAG));
        try (ScriptedServer server = ScriptedServer.of(scripts.toArray(Script[]::new))) {
            download(server);
            assertWhole(server, 11);
        }
    }

    @Test
    void aTagThatNoRequestCanHoldIsNotUsed() throws Exception {
        String tag = "ETag: \"a\u0001b\"\r\n";
        try (ScriptedServer server = ScriptedServer.of(cut(tag, 1000), whole(tag))) {
            assertEquals(200, download(server).status());
            assertWhole(server, 2);
            assertFalse(server.heads().getLast().contains("Range"));
        }
    }

    @Test
    void aRedirectLeadsEachAttemptToTheFile() throws Exception {
        Script moved = sending(302, "Location: /g\r\nContent-Length: 0\r\n", 0, 0);
        String rest = "Content-Length: 2000\r\nContent-Range: bytes 1000-2999/3000\r\n";
        try (ScriptedServer server =
                        ScriptedServer.of(moved, cut(TAG, 1000), moved, sending(206, rest + TAG, 1000, 3000));
                Httpipe hp = Httpipe.builder().redirects(Redirects.NORMAL).build()) {
            hp.download(Request.get(server.uri("/f")), target());
            assertWhole(server, 4);
            assertTrue(
                    server.heads().getLast().startsWith("GET /g "),
                    server.heads().getLast());
            assertTrue(server.heads().getLast().contains("Range: bytes=1000-\r\nIf-Range: \"v1\"\r\n"));
        }
    }

    @Test
    void whatIsNoFileIsNotReplaced() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("missing"));
        try (ScriptedServer server = ScriptedServer.of(whole(TAG));
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(server.uri("/"));
            for (Path other : List.of(empty, dangling, folder)) {
                FileSystemException e = assertThrows(FileSystemException.class, () -> hp.download(get, other));
                assertEquals(other + ": not a regular file", e.getMessage());
            }
            assertThrows(IOException.class, () -> hp.download(get, folder.resolve("no/folder")));
            assertEquals(0, server.connections(), "refused before the request");
            assertTrue(Files.isDirectory(empty));
        }
    }

    @Test
    void aLinkIsReplacedAndNotItsFile() throws Exception {
        Path file = Files.writeString(folder.resolve("other"), "other");
        Files.createSymbolicLink(target(), file);
        try (ScriptedServer server = ScriptedServer.of(whole(TAG))) {
            download(server);
            assertWhole(server, 1);
            assertFalse(Files.isSymbolicLink(target()));
            assertEquals("other", Files.readString(file));
        }
    }

    @Test
    void aListenerThatThrowsEndsTheDownload() throws Exception {
        Files.writeString(target(), "old");
        IllegalStateException thrown = new IllegalStateException("enough");
        try (ScriptedServer server = ScriptedServer.of(whole(TAG), whole(TAG));
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(server.uri("/"));
            Progress.Listener listener = progress -> {
                throw thrown;
            };
            assertSame(thrown, assertThrows(IllegalStateException.class, () -> hp.download(get, target(), listener)));
            assertSame(
                    thrown,
                    assertThrows(
                            IllegalStateException.class, () -> hp.stream(get).saveTo(target(), listener)));
            assertEquals("old", Files.readString(target()));
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void savingReportsProgress() throws Exception {
        List<Progress> reports = new ArrayList<>();
        try (ScriptedServer server = ScriptedServer.of(whole(TAG));
                Httpipe hp = Httpipe.create()) {
            assertEquals(3000, hp.stream(Request.get(server.uri("/"))).saveTo(target(), reports::add));
            assertEquals(3000, reports.getLast().bytes());
            assertEquals(3000, reports.getLast().total());
        }
    }

    @Test
    void twoDownloadsToOneTargetDoNotMix() throws Exception {
        try (ScriptedServer server =
                        ScriptedServer.of(Collections.nCopies(8, whole(TAG)).toArray(Script[]::new));
                Httpipe hp = Httpipe.create()) {
            List<FutureTask<Response>> tasks = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                FutureTask<Response> task = new FutureTask<>(() -> hp.download(Request.get(server.uri("/")), target()));
                tasks.add(task);
                Thread.ofVirtual().start(task);
            }
            for (FutureTask<Response> task : tasks) {
                assertEquals(200, task.get(20, TimeUnit.SECONDS).status());
            }
            assertWhole(server, 8);
        }
    }

    /** RFC 9530, section 2: the values are those of the encoded bytes. */
    @Test
    void hashValuesAreThoseOfTheBytesOnTheWire() throws Exception {
        byte[] encoded = Encodings.gzip(FILE);
        String sum = ":"
                + Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-256").digest(encoded)) + ":";
        Script script = peer -> {
            peer.head();
            peer.send(("HTTP/1.1 200 x\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n"
                            + "Content-Digest: sha-256=%s\r\nRepr-Digest: sha-256=%s\r\n\r\n")
                    .formatted(encoded.length, sum, sum));
            peer.send(encoded);
        };
        try (ScriptedServer server = ScriptedServer.of(script, script, script);
                Httpipe hp = Httpipe.builder().decoding(Decoding.ON).build()) {
            Request get = Request.get(server.uri("/"));
            assertEquals(3000, hp.stream(get).saveTo(target()));
            assertArrayEquals(FILE, Files.readAllBytes(target()));
            hp.download(get, target());
            assertArrayEquals(encoded, Files.readAllBytes(target()), "a download decodes nothing");
            hp.stream(get, response -> {
                response.body().skipNBytes(1);
                return response.saveTo(target());
            });
            assertEquals(2999, Files.size(target()), "the values are not those of a part");
        }
    }

    private static String digest(String field, byte[] bytes) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
        return "%s: sha-256=:%s:\r\n".formatted(field, Base64.getEncoder().encodeToString(hash));
    }

    /** RFC 9530, section 3: {@code Repr-Digest} is about the whole file, and {@code Content-Digest} about the part. */
    @Test
    void aPartIsSavedWithTheHashValueOfTheWholeFile() throws Exception {
        String fields = "Content-Length: 500\r\nContent-Range: bytes 1000-1499/3000\r\n" + digest("Repr-Digest", FILE);
        byte[] part = Arrays.copyOfRange(FILE, 1000, 1500);
        try (ScriptedServer server = ScriptedServer.of(
                        sending(206, fields + digest("Content-Digest", part), 1000, 1500),
                        sending(206, fields + digest("Content-Digest", FILE), 1000, 1500));
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(server.uri("/")).header("Range", "bytes=1000-1499");
            assertEquals(500, hp.stream(get).saveTo(target()));
            assertArrayEquals(part, Files.readAllBytes(target()));
            Files.delete(target());
            MalformedResponseException e = assertThrows(
                    MalformedResponseException.class, () -> hp.stream(get).saveTo(target()));
            assertTrue(e.getMessage().contains("SHA-256 of Content-Digest"), e.getMessage());
            assertFalse(Files.exists(target()));
        }
    }

    @Test
    void aPartWithTrailersIsSavedWithTheHashValueOfTheWholeFile() throws Exception {
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 206 x\r\nContent-Range: bytes 0-1/3000\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n");
            peer.send(Arrays.copyOf(FILE, 2));
            peer.send("\r\n0\r\nRepr-Digest: sha-256=:%s:\r\n\r\n"
                    .formatted(Base64.getEncoder().encodeToString(new byte[32])));
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(server.uri("/")).header("Range", "bytes=0-1");
            assertEquals(2, hp.stream(get).saveTo(target()));
        }
    }

    /** The values are those of the body that a GET would have. */
    @Test
    void theHashValuesOfAHeadAreNotThoseOfAnEmptyFile() throws Exception {
        String fields = "Content-Length: 3000\r\n" + digest("Repr-Digest", FILE) + digest("Content-Digest", FILE);
        try (ScriptedServer server = ScriptedServer.of(sending(200, fields, 0, 0));
                Httpipe hp = Httpipe.create()) {
            Request head = Request.get(server.uri("/")).method("HEAD");
            assertEquals(0, hp.stream(head).saveTo(target()));
        }
    }

    @Test
    void aDecodedBodyWithAnotherHashValueIsNotSaved() throws Exception {
        byte[] once = Encodings.gzip(FILE);
        byte[] twice = Encodings.gzip(once);
        for (byte[] hashed : List.of(twice, once, FILE)) {
            String sum = Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-512").digest(hashed));
            try (ScriptedServer server = ScriptedServer.of(peer -> {
                        peer.head();
                        peer.send(("HTTP/1.1 200 x\r\nConnection: close\r\nContent-Encoding: gzip, gzip\r\n"
                                        + "Content-Length: %d\r\nContent-Digest: sha-512=:%s:\r\n\r\n")
                                .formatted(twice.length, sum));
                        peer.send(twice);
                    });
                    Httpipe hp = Httpipe.builder().decoding(Decoding.ON).build()) {
                Request get = Request.get(server.uri("/"));
                if (hashed == twice) {
                    assertEquals(3000, hp.stream(get).saveTo(target()));
                    Files.delete(target());
                } else {
                    MalformedResponseException e = assertThrows(
                            MalformedResponseException.class,
                            () -> hp.stream(get).saveTo(target()));
                    assertTrue(e.getMessage().contains("SHA-512 of Content-Digest"), e.getMessage());
                    assertFalse(Files.exists(target()));
                }
            }
        }
    }

    @Test
    void anUploadListenerThatThrowsEndsTheCall() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            IllegalStateException thrown = new IllegalStateException("enough");
            Body body = Body.of("text".getBytes(StandardCharsets.UTF_8)).progress(progress -> {
                throw thrown;
            });
            Exception e = assertThrows(
                    Exception.class,
                    () -> hp.request(Request.post(server.uri("/")).body(body)));
            assertTrue(e == thrown || e.getCause() == thrown, e.toString());
            assertEquals(List.of(), hp.stats());
        }
    }
}
