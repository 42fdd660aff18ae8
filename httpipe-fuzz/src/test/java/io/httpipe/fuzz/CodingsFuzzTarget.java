package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.fuzz.ReferenceHeadParser.ParsedHead;
import io.httpipe.internal.policy.PolicyInternals;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fuzzes the list of content codings. The input is the field lines of a response head. */
public final class CodingsFuzzTarget {
    /** A member of a list without the spaces and tabs around it. */
    private static final Pattern MEMBER = Pattern.compile("[^, \\t](?:[^,]*[^, \\t])?");

    private CodingsFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws MalformedException {
        byte[] bytes = Bytes.join(Bytes.of("HTTP/1.1 200 \r\n"), data, Bytes.of("\r\n\r\n"));
        if (ReferenceHeadParser.parseHead(Bytes.latin1(bytes), HeadFuzzTarget.LIMITS)
                instanceof ParseResult.Complete<ParsedHead> complete) {
            ResponseHead head = new HeadParser(HeadFuzzTarget.LIMITS).head(bytes, 0, bytes.length);
            if (head == null) {
                throw new AssertionError("not complete");
            }
            assertEquals(codings(complete.value().values("Content-Encoding")), PolicyInternals.codings(head));
        }
    }

    private static List<String> codings(List<String> values) {
        List<String> codings = new ArrayList<>();
        for (String value : values) {
            Matcher members = MEMBER.matcher(value);
            while (members.find()) {
                if (!members.group().matches("(?i)identity")) {
                    codings.add(members.group());
                }
            }
        }
        return codings;
    }
}
