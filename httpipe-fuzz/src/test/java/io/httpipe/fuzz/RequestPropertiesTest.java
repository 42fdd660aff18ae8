package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.httpipe.Body;
import io.httpipe.Headers;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Limits;
import io.httpipe.Request;
import io.httpipe.fuzz.MemoryServer.Answer;
import io.httpipe.fuzz.PlainRequest.PlainMessage;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A strict server reads a request as it was meant. */
class RequestPropertiesTest {
    private static final byte[] OK = Octets.of("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

    private final MemoryServer server = new MemoryServer();
    private final Httpipe client = server.client(Limits.DEFAULT);

    @Property(seed = "3", tries = 500)
    void aRequestIsReadAsItWasMeant(
            @ForAll("texts") List<String> words, @ForAll("fields") List<Line> fields, @ForAll("bodies") String body)
            throws HttpipeException {
        Request request = Request.put("http://h/p").body(Octets.of(body));
        for (String word : words) {
            request = request.query(word, word + word);
        }
        for (Line field : fields) {
            request = request.addHeader(field.name(), field.value());
        }
        PlainMessage read = send(request);
        assertEquals("PUT", read.method());
        assertEquals(words, keys(read.target()));
        assertEquals(lines(fields), ours(read.fields()));
        assertEquals(body, read.body());
    }

    @Property(seed = "4", tries = 500)
    void aBodyThatIsWrittenPieceByPieceIsReadAsOne(
            @ForAll("bodies") String body, @ForAll("fields") List<Line> trailers, @ForAll Random random)
            throws HttpipeException {
        byte[] octets = Octets.of(body);
        List<byte[]> pieces = Cuts.pieces(octets, Cuts.random(random, octets.length));
        String[] namesAndValues = trailers.stream()
                .flatMap(t -> Arrays.stream(new String[] {t.name(), t.value()}))
                .toArray(String[]::new);
        PlainMessage read = send(Request.post("http://h/")
                .body(Body.writing(out -> {
                    for (byte[] piece : pieces) {
                        out.write(piece);
                        if (random.nextBoolean()) {
                            out.flush();
                        }
                    }
                }))
                .trailers(() -> Headers.of(namesAndValues)));
        assertEquals(body, read.body());
        assertEquals(lines(trailers), read.trailers());
    }

    /** What the server has got when it answers: just this request. */
    private PlainMessage send(Request request) throws HttpipeException {
        String[] seen = {""};
        server.play((connection, exchange, octets) -> {
            seen[0] = Octets.latin1(octets);
            boolean more = PlainRequest.read(seen[0]) instanceof Reading.Unfinished<PlainMessage>;
            return more ? null : Answer.silentAfter(List.of(OK));
        });
        assertEquals(200, client.request(request).status());
        Reading<PlainMessage> read = PlainRequest.read(seen[0]);
        Reading.Whole<?> whole = assertInstanceOf(Reading.Whole.class, read);
        assertEquals(seen[0].length(), whole.length());
        return assertInstanceOf(PlainMessage.class, whole.value());
    }

    private static List<String> keys(String target) {
        List<String> keys = new ArrayList<>();
        int question = target.indexOf('?');
        for (String pair :
                question < 0 ? new String[0] : target.substring(question + 1).split("&", -1)) {
            String[] keyAndValue = pair.split("=", -1);
            String key = URLDecoder.decode(keyAndValue[0], StandardCharsets.UTF_8);
            assertEquals(key + key, URLDecoder.decode(keyAndValue[1], StandardCharsets.UTF_8));
            keys.add(key);
        }
        return keys;
    }

    private static List<String> lines(List<Line> fields) {
        return fields.stream().map(f -> f.name() + ": " + f.value()).toList();
    }

    private static List<String> ours(List<String> fields) {
        return fields.stream()
                .filter(f -> f.toLowerCase(Locale.ROOT).startsWith("x-"))
                .toList();
    }

    @Provide
    Arbitrary<List<String>> texts() {
        return Arbitraries.strings()
                .ofMaxLength(8)
                .filter(text -> StandardCharsets.UTF_8.newEncoder().canEncode(text))
                .list()
                .ofMaxSize(4);
    }

    @Provide
    Arbitrary<List<Line>> fields() {
        return Messages.fields();
    }

    @Provide
    Arbitrary<String> bodies() {
        return Messages.bodies();
    }
}
