package io.httpipe;

import static io.httpipe.HostileDownloadTest.FILE;
import static io.httpipe.HostileDownloadTest.TAG;
import static io.httpipe.HostileDownloadTest.cut;
import static io.httpipe.HostileDownloadTest.cutInChunk;
import static io.httpipe.HostileDownloadTest.sending;
import static io.httpipe.HostileDownloadTest.whole;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a lost download continues, when it begins again instead, and where it ends. */
@Timeout(60)
class DownloadResumeTest {
    private static final String REST = "Content-Length: 2000\r\nContent-Range: bytes 1000-2999/3000\r\n";

    @TempDir
    Path folder;

    private Path target() {
        return folder.resolve("file.bin");
    }

    private void assertDownloads(Httpipe hp, ScriptedServer server, int requests) throws IOException {
        hp.download(Request.get(server.uri("/f")), target());
        assertArrayEquals(FILE, Files.readAllBytes(target()));
        assertEquals(requests, server.heads().size());
    }

    private static ScriptedServer server(Script... scripts) throws IOException {
        return ScriptedServer.of(scripts);
    }

    @Test
    void theUnitOfARangeIgnoresCase() throws Exception {
        String rest = REST.replace("bytes", "Bytes");
        try (ScriptedServer server = server(cut(TAG, 1000), sending(206, rest + TAG, 1000, 3000));
                Httpipe hp = Httpipe.create()) {
            assertDownloads(hp, server, 2);
        }
    }

    /** The first header is that of scripts that forget the status 206. */
    @ParameterizedTest
    @ValueSource(strings = {"Content-Range: bytes 1000-2999/3000\r\n", ""})
    void aPartThatIsSaidToBeTheFileIsNotUsed(String range) throws Exception {
        Script part = sending(200, "Content-Length: 2000\r\n" + range + TAG, 1000, 3000);
        try (ScriptedServer server = server(cut(TAG, 1000), part, whole(TAG));
                Httpipe hp = Httpipe.create()) {
            assertDownloads(hp, server, 3);
            assertFalse(server.heads().getLast().contains("Range"));
        }
    }

    /** Some servers use one strong validator for all codings of a file. */
    @ParameterizedTest
    @CsvSource({",gzip", "gzip,br"})
    void aPartInAnotherCodingIsNotUsed(String first, String second) throws Exception {
        String before = first == null ? "" : "Content-Encoding: " + first + "\r\n";
        String after = second == null ? "" : "Content-Encoding: " + second + "\r\n";
        try (ScriptedServer server =
                        server(cut(before + TAG, 1000), sending(206, REST + after + TAG, 1000, 3000), whole(TAG));
                Httpipe hp = Httpipe.create()) {
            assertDownloads(hp, server, 3);
        }
    }

    /** RFC 9110, section 15.3.7: a 206 need not have the field again. */
    @ParameterizedTest
    @CsvSource({"gzip,GZIP", "gzip,", "identity,"})
    void aPartInTheSameCodingIsUsed(String first, String second) throws Exception {
        String before = "Content-Encoding: " + first + "\r\n";
        String after = second == null ? "" : "Content-Encoding: " + second + "\r\n";
        try (ScriptedServer server = server(cut(before + TAG, 1000), sending(206, REST + after + TAG, 1000, 3000));
                Httpipe hp = Httpipe.create()) {
            assertDownloads(hp, server, 2);
        }
    }

    /** Without a size nothing shows whether the part is in the coding of the first response. */
    @Test
    void aPartWithoutACodingDoesNotContinueACodedFileOfUnknownSize() throws Exception {
        Script chunked = peer -> {
            peer.head();
            peer.send(
                    "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n" + TAG + "\r\n3e8\r\n");
            peer.send(Arrays.copyOf(FILE, 1000));
        };
        try (ScriptedServer server = server(chunked, sending(206, REST + TAG, 1000, 3000), whole(TAG));
                Httpipe hp = Httpipe.create()) {
            assertDownloads(hp, server, 3);
        }
    }

    /** Recording and other interceptors that only look give the body its length again. */
    @Test
    void aReplacedBodyOfTheSameLengthIsContinued() throws Exception {
        Interceptor looking = (request, next) -> {
            StreamedResponse response = next.proceed(request);
            BodyReader body = response.body();
            return response.withBody(BodyReader.of(new FilterInputStream(body) {}, body.length()));
        };
        try (ScriptedServer server = server(cut(TAG, 1000), sending(206, REST + TAG, 1000, 3000));
                Httpipe hp = Httpipe.builder().intercept(looking).build()) {
            assertDownloads(hp, server, 2);
        }
    }

    /** The server counts the bytes that it sends, not those that the interceptor makes of them. */
    @Test
    void aBodyThatAnInterceptorReplacesIsNotContinued() throws Exception {
        Interceptor copying = (request, next) -> {
            StreamedResponse response = next.proceed(request);
            return response.withBody(new FilterInputStream(response.body()) {});
        };
        try (ScriptedServer server = server(cut(TAG, 1000), whole(TAG));
                Httpipe hp = Httpipe.builder().intercept(copying).build()) {
            assertDownloads(hp, server, 2);
            assertFalse(server.heads().getLast().contains("Range"));
        }
    }

    @Test
    void theLimitOfABodyIsThatOfTheFile() throws Exception {
        Script more = sending(206, "Content-Length: 900\r\nContent-Range: bytes 900-1799/1000000000\r\n" + TAG, 0, 900);
        try (ScriptedServer server = server(cutInChunk(900), more);
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(server.uri("/f")).maxBodySize(1000);
            BodyTooLargeException e = assertThrows(BodyTooLargeException.class, () -> hp.download(get, target()));
            assertEquals(1000, e.maxBodySize());
            assertEquals(2, server.heads().size());
            assertFalse(Files.exists(target()));
        }
    }

    @Test
    void aPartWithoutAnEndIsReadToTheEndOfTheFile() throws Exception {
        Script endless = peer -> {
            peer.head();
            peer.send("HTTP/1.1 206 x\r\nTransfer-Encoding: chunked\r\nContent-Range: bytes 1000-2999/3000\r\n" + TAG
                    + "\r\n");
            String chunk = "4000\r\n" + "a".repeat(0x4000) + "\r\n";
            try {
                while (true) {
                    peer.send(chunk);
                }
            } catch (IOException e) {
                // The client has closed the connection.
            }
        };
        try (ScriptedServer server = server(cut(TAG, 1000), endless);
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(server.uri("/f"));
            MalformedResponseException e =
                    assertThrows(MalformedResponseException.class, () -> hp.download(get, target()));
            assertTrue(e.getMessage().contains(" bytes, more than the 3000 "), e.getMessage());
        }
    }

    /** Each attempt brings bytes of the second version, although the first one had come further. */
    @Test
    void aNewVersionOfTheFileCountsFromItsOwnStart() throws Exception {
        String second = "ETag: \"v2\"\r\n";
        List<Script> scripts = new ArrayList<>();
        scripts.add(cut(TAG, 2900));
        scripts.add(cut(second, 100));
        for (int from = 100; from < 800; from += 100) {
            String range = "Content-Length: %d\r\nContent-Range: bytes %d-2999/3000\r\n".formatted(3000 - from, from);
            scripts.add(sending(206, range + second, from, from + 100));
        }
        String rest = "Content-Length: 2200\r\nContent-Range: bytes 800-2999/3000\r\n";
        scripts.add(sending(206, rest + second, 800, 3000));
        try (ScriptedServer server = server(scripts.toArray(Script[]::new));
                Httpipe hp = Httpipe.create()) {
            assertDownloads(hp, server, 10);
        }
    }

    /** The client was open when the download began, so this is no mistake of the caller. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closingTheClientCancelsADownload(boolean derived) throws Exception {
        try (ScriptedServer server = server(cut(TAG, 0), whole(TAG));
                Httpipe parent = Httpipe.create()) {
            Httpipe hp = derived ? parent.with(b -> b.header("a", "b")) : Httpipe.create();
            Request get = Request.get(server.uri("/f"));
            CancelledException e = assertThrows(
                    CancelledException.class,
                    () -> Download.run(hp, get, target(), null, longest -> {
                        hp.close();
                        return 0;
                    }));
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, e.reason());
            assertFalse(Files.exists(target()));
            assertThrows(IllegalStateException.class, () -> hp.download(get, target()));
        }
    }

    @Test
    void theRestOfAResponseHasItsOwnTotal() throws Exception {
        List<Progress> reports = new ArrayList<>();
        try (ScriptedServer server = server(whole(TAG));
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            response.body().skipNBytes(1000);
            response.saveTo(target(), reports::add);
        }
        assertEquals(2000, reports.getLast().bytes());
        assertEquals(2000, reports.getLast().total());
    }

    /** RFC 9530, appendix B.8: the value is that of the representation, which a 204 does not have. */
    @Test
    void aResponseWithoutContentMayTellTheHashValueOfAFile() throws Exception {
        Script none = sending(204, "Repr-Digest: sha-256=:" + "A".repeat(43) + "=:\r\n", 0, 0);
        try (ScriptedServer server = server(none);
                Httpipe hp = Httpipe.create()) {
            assertEquals(0, hp.stream(Request.put(server.uri("/"))).saveTo(target()));
            assertEquals(0, Files.size(target()));
        }
    }

    @Test
    void aFileInAnArchiveIsReplaced() throws Exception {
        Path archive = folder.resolve("files.zip");
        try (ScriptedServer server = server(whole(TAG), whole(TAG));
                Httpipe hp = Httpipe.create();
                FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            Path file = Files.writeString(zip.getPath("/file"), "old", StandardCharsets.UTF_8);
            hp.download(Request.get(server.uri("/")), file);
            assertArrayEquals(FILE, Files.readAllBytes(file));
            hp.stream(Request.get(server.uri("/"))).saveTo(file);
            assertArrayEquals(FILE, Files.readAllBytes(file));
        }
    }
}
