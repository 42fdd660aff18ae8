package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TourTest {
    @Test
    void printsWhatEachSampleMakesOfTheEchoedRequest() throws Exception {
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
            assertTrue(printedBy("FanOut", sections).startsWith("1,000 answers with status 200"));
        }
    }

    /** The lines of the manual's {@code /generic}, with the body in pieces of ten bytes at most. */
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
