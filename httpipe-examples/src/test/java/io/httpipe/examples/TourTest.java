package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.Response;
import io.httpipe.RouteStats;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class TourTest {
    @Test
    void everySamplePrintsTheEchoedRequestInItsOwnForm() throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (EchoServer server = EchoServer.start()) {
            Tour.run(server.base() + "/", new PrintStream(printed, true, UTF_8));

            String[] sections = printed.toString(UTF_8).split("(?m)^--- ");
            String echoed = Echoed.get("/echo", server);
            assertEquals(echoed, printedBy("Simple", sections));
            assertTokens(echoed, printedBy("Generic", sections));
            assertEquals(
                    Echoed.post("Content-Length: " + echoed.length(), server) + echoed, printedBy("Adv", sections));
            assertEquals(
                    "from one stream to another\n",
                    printedBy("Client", sections).split("\r\n\r\n")[1]);
            assertThousandResponsesOverAtMost64Connections(printedBy("FanOut", sections));
        }
    }

    @Test
    void aThousandRequestsShareAtMost64Connections() throws Exception {
        try (EchoServer server = EchoServer.start();
                Httpipe hp = Httpipe.builder()
                        .maxConnectionsPerRoute(FanOut.MAX_OPEN)
                        .build()) {
            List<Response> responses = FanOut.sendAll(hp, server.base());

            assertEquals(1000, responses.size());
            long overNewConnections = responses.stream()
                    .filter(response -> response.reusedTimes() == 0)
                    .count();
            RouteStats stats = hp.stats().getFirst();
            assertTrue(1 <= stats.opened() && stats.opened() <= 64, stats::toString);
            assertEquals(overNewConnections, stats.opened());
            assertEquals(1000, stats.opened() + stats.reused());
        }
    }

    private static void assertThousandResponsesOverAtMost64Connections(String printed) {
        assertTrue(printed.startsWith("1,000 responses with status 200"), printed);
        Matcher connections = Pattern.compile("(?m)^(\\d+) connections opened, reused (\\d+) times$")
                .matcher(printed);
        assertTrue(connections.find(), printed);
        int opened = Integer.parseInt(connections.group(1));
        int reused = Integer.parseInt(connections.group(2));
        assertTrue(1 <= opened && opened <= 64, printed);
        assertEquals(1000, opened + reused, printed);
    }

    /** Checks the lines of the manual's {@code /generic}, with the body in pieces of at most ten bytes. */
    static void assertTokens(String body, String printed) {
        List<String> lines = Arrays.asList(printed.split("\n"));
        int headerEnd = lines.indexOf("read: [\"header_end\"]");
        int bodyEnd = lines.indexOf("read: [\"body_end\"]");
        assertEquals("read: [\"statusline\",\"200\"]", lines.getFirst());
        assertTrue(lines.contains(
                "read: [\"header\",[\"Content-Type\",\"text\\/plain\",\"Content-type: text\\/plain\"]]"));
        for (String header : lines.subList(1, headerEnd)) {
            assertTrue(header.matches("read: \\[\"header\",\\[\"[^\"]+\",\"[^\"]*\",\"[^\"]+\"]]"), header);
        }
        StringBuilder joined = new StringBuilder();
        for (String line : lines.subList(headerEnd + 1, bodyEnd)) {
            assertTrue(line.startsWith("read: [\"body\",\"") && line.endsWith("\"]"), line);
            String data = line.substring("read: [\"body\",\"".length(), line.length() - 2)
                    .replace("\\/", "/")
                    .replace("\\r", "\r")
                    .replace("\\n", "\n");
            assertTrue(data.length() <= 10, line);
            joined.append(data);
        }
        assertEquals("read: [\"body\",\"GET \\/echo \"]", lines.get(headerEnd + 1));
        assertEquals(body, joined.toString());
        assertEquals(List.of("read: [\"eof\"]"), lines.subList(bodyEnd + 1, lines.size()));
    }

    private static String printedBy(String sample, String[] sections) {
        return Arrays.stream(sections)
                .filter(section -> section.startsWith(sample))
                .map(section -> section.substring(section.indexOf('\n') + 1))
                .findFirst()
                .orElseThrow();
    }
}
