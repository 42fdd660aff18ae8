package io.httpipe.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Httpipe;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * The original's t/08-escape_uri.t. {@code rawPath} sends a path unchanged, as the original does, and leaves escaping
 * to the caller. {@code path} escapes where required.
 */
class OriginalEscapeUriIT {
    private static final String DECODED = "/abc/中文/测试.txt";
    private static final String ENCODED = "/abc/%E4%B8%AD%E6%96%87/%E6%B5%8B%E8%AF%95.txt";

    @AutoClose
    private final Httpipe hp = Clients.create();

    private String pathSeenByNginx(String path) throws Exception {
        return hp.request(Transport.TCP.get("/").rawPath(path)).text();
    }

    private static String encode(String path) {
        return Arrays.stream(path.split("/"))
                .map(segment -> URLEncoder.encode(segment, UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }

    @Test
    void t08_escape_uri_test1_anUnescapedRawPathIsSentUnchangedInUtf8() throws Exception {
        assertEquals("/uri" + DECODED, pathSeenByNginx("/uri" + DECODED));
    }

    @Test
    void t08_escape_uri_test2_anEscapedRawPathIsSentUnchanged() throws Exception {
        assertEquals("/uri" + ENCODED, pathSeenByNginx("/uri" + ENCODED));
    }

    @Test
    void t08_escape_uri_test3_theCallerEscapesEachSegment() throws Exception {
        assertEquals("/uri" + ENCODED, pathSeenByNginx("/uri" + encode(DECODED)));
    }

    @Test
    void t08_escape_uri_test4_theCallerDecodesAndEscapesAgain() throws Exception {
        assertEquals("/uri" + ENCODED, pathSeenByNginx("/uri" + encode(URLDecoder.decode(ENCODED, UTF_8))));
    }
}
