package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.ScriptedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A download to a file system of 1 MiB, which cannot hold the file. */
class FullDiskIT {
    @TempDir
    private Path folder;

    @Test
    void theDownloadFailsAndLeavesNeitherAHalfFileNorChangesAnOldOne() throws Exception {
        assumeTrue(Program.canMount(), "this user can make no mount namespace");
        List<String> java = Program.java(List.of(), FullDiskIT.class, folder.toString());
        Program ended = Program.run(Program.withTmpfs("size=1m", folder.toString(), java), Map.of("LC_ALL", "C"));
        assertEquals("""
                download: No space left on device
                saveTo: No space left on device
                old=content
                """, ended.output());
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Path old = Files.writeString(folder.resolve("old"), "content");
        try (ScriptedServer server = ScriptedServer.answering(request -> Answer.of(200, Map.of(), new byte[4 << 20]));
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/"));
            print("download", () -> hp.download(request, folder.resolve("new")));
            print("saveTo", () -> hp.stream(request, response -> response.saveTo(old)));
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                System.out.printf("%s=%s%n", file.getFileName(), Files.readString(file));
            }
        }
    }

    private interface Action {
        void run() throws IOException;
    }

    private static void print(String name, Action action) {
        try {
            action.run();
            System.out.println(name + ": done");
        } catch (IOException e) {
            System.out.println(name + ": " + e.getMessage());
        }
    }
}
