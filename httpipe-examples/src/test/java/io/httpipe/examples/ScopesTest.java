package io.httpipe.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;

/**
 * Runs the programs with structured concurrency. That API is a preview and differs between releases, so JDK 21 and JDK
 * 25 have programs of their own. Each program is one file that {@code java} compiles and runs.
 */
@EnabledOnJre({JRE.JAVA_21, JRE.JAVA_25})
class ScopesTest {
    @Test
    void allOrNothingPrintsEveryResponseInTheOrderOfTheUrls() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            String url = server.base() + "/echo";
            int length = Echoed.get("/echo", server).length();
            assertEquals(
                    List.of(length + " bytes", length + 4 + " bytes"),
                    run("AllOrNothing", url, url + "?a=b").lines().toList());
        }
    }

    @Test
    void allOrNothingPrintsNoResponseIfOneFails() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            String bad = server.base() + "/nowhere";
            assertEquals(
                    List.of("nothing: status 404 from " + bad),
                    run("AllOrNothing", server.base() + "/echo", bad).lines().toList());
        }
    }

    @Test
    void firstAnswerPrintsOneResponse() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            String url = server.base() + "/echo";
            assertEquals(Echoed.get("/echo", server), run("FirstAnswer", url, url, url));
        }
    }

    private static String run(String program, String... urls) throws Exception {
        return PreviewProgram.run(
                Path.of("src", "main", "java" + Runtime.version().feature(), program + ".java"), urls);
    }
}
