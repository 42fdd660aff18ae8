package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.Transcript;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Fuzzes the transcripts of recorded calls. The input is the text after the first line. */
public final class TranscriptFuzzTarget {
    private static final Path FILE = Path.of("dir", "x.http");
    private static final String FIRST_LINE = "# httpipe transcript 1\n";
    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final String FIELD = TOKEN + ":(?s:.*)";
    private static final String BODY = "@body [ \t]*[0-9A-Za-z_-][0-9A-Za-z._-]{0,199}";

    private static final Pattern TEXT =
            Pattern.compile("[\t\n -~\u0080-\ud7ff\ue000-\uffff\ud800\udc00-\udbff\udfff]*");
    private static final Pattern SKIPPED = Pattern.compile("[ \t]*|#(?s:.*)");
    private static final Pattern LINE = Pattern.compile("(?s)[><*!] .*[^ \t].*");
    private static final Pattern REQUEST = Pattern.compile(TOKEN + " [!-~]*://[!-~]*");
    private static final Pattern REQUEST_REST = Pattern.compile(FIELD + "|" + BODY + "|@partial");
    private static final Pattern STATUS = Pattern.compile("[2-9][0-9][0-9]");
    private static final Pattern RESPONSE_REST = Pattern.compile(FIELD + "|" + BODY + "|@trailer [ \t]*" + FIELD);
    private static final Pattern ORDER = Pattern.compile("r+(s+!?|!)");
    private static final Pattern MESSAGE = Pattern.compile("dir/x\\.http:[1-9][0-9]*: [ -~]{1,210}");

    private TranscriptFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String text = TextInput.decode(data);
        boolean expected = isTranscript(text);
        Transcript transcript;
        try {
            transcript = Transcript.parse(FIRST_LINE + text, FILE);
        } catch (IllegalArgumentException e) {
            assertFalse(expected, e.getMessage());
            assertTrue(MESSAGE.matcher(e.getMessage()).matches(), e.getMessage());
            return;
        }
        assertTrue(expected, "accepted");
        String written = transcript.text();
        Transcript again = Transcript.parse(written, FILE);
        assertEquals(transcript, again);
        assertEquals(written, again.text());
        assertTrue(transcript.curl().startsWith("curl "));
        assertTrue(transcript.java().endsWith(");"));
        assertTrue(transcript.target().startsWith("/"));
    }

    private static boolean isTranscript(String text) {
        String unix = text.replace("\r\n", "\n");
        unix = unix.endsWith("\r") ? unix.substring(0, unix.length() - 1) : unix;
        if (!TEXT.matcher(unix).matches()) {
            return false;
        }
        StringBuilder order = new StringBuilder();
        int requestBodies = 0;
        int responseBodies = 0;
        for (String line : unix.split("\n", -1)) {
            if (SKIPPED.matcher(line).matches()) {
                continue;
            }
            if (!LINE.matcher(line).matches() || order.indexOf("!") >= 0) {
                return false;
            }
            String content = line.substring(2).replaceAll("^[ \t]+|[ \t]+$", "");
            switch (line.charAt(0)) {
                case '>' -> {
                    Pattern expected = order.isEmpty() ? REQUEST : REQUEST_REST;
                    if (!expected.matcher(content).matches()) {
                        return false;
                    }
                    requestBodies += content.startsWith("@body") ? 1 : 0;
                    order.append('r');
                }
                case '<' -> {
                    Pattern expected = order.indexOf("s") < 0 ? STATUS : RESPONSE_REST;
                    if (!expected.matcher(content).matches()) {
                        return false;
                    }
                    responseBodies += content.startsWith("@body") ? 1 : 0;
                    order.append('s');
                }
                case '!' -> order.append('!');
                default -> {}
            }
        }
        return ORDER.matcher(order).matches() && requestBodies < 2 && responseBodies < 2;
    }
}
