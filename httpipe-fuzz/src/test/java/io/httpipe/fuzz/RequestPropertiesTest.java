package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.httpipe.Body;
import io.httpipe.Headers;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Limits;
import io.httpipe.Request;
import io.httpipe.fuzz.InMemoryServer.Answer;
import io.httpipe.fuzz.ReferenceRequestParser.ParsedRequest;
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

/** A strict server receives each request exactly as the caller built it. */
class RequestPropertiesTest {
    private static final byte[] OK = Bytes.of("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

    private final InMemoryServer server = new InMemoryServer();
    private final Httpipe client = server.client(Limits.DEFAULT);

    @Property(seed = "3", tries = 500)
    void aServerReceivesTheRequestThatWasBuilt(
            @ForAll("texts") List<String> words,
            @ForAll("fields") List<FieldLine> fields,
            @ForAll("bodies") String body)
            throws HttpipeException {
        Request request = Request.put("http://h/p").body(Bytes.of(body));
        for (String word : words) {
            request = request.query(word, word + word);
        }
        for (FieldLine field : fields) {
            request = request.addHeader(field.name(), field.value());
        }
        ParsedRequest parsed = send(request);
        assertEquals("PUT", parsed.method());
        assertEquals(words, keys(parsed.target()));
        assertEquals(lines(fields), generatedFields(parsed.fields()));
        assertEquals(body, parsed.body());
    }

    @Property(seed = "4", tries = 500)
    void aServerReceivesABodyThatIsWrittenInPieces(
            @ForAll("bodies") String body, @ForAll("fields") List<FieldLine> trailers, @ForAll Random random)
            throws HttpipeException {
        byte[] bytes = Bytes.of(body);
        List<byte[]> pieces = InputSplitter.pieces(bytes, InputSplitter.random(random, bytes.length));
        String[] namesAndValues = trailers.stream()
                .flatMap(t -> Arrays.stream(new String[] {t.name(), t.value()}))
                .toArray(String[]::new);
        ParsedRequest parsed = send(Request.post("http://h/")
                .body(Body.writing(out -> {
                    for (byte[] piece : pieces) {
                        out.write(piece);
                        if (random.nextBoolean()) {
                            out.flush();
                        }
                    }
                }))
                .trailers(() -> Headers.of(namesAndValues)));
        assertEquals(body, parsed.body());
        assertEquals(lines(trailers), parsed.trailers());
    }

    /** Sends a request. Returns it as the server received it, and checks that nothing else was sent. */
    private ParsedRequest send(Request request) throws HttpipeException {
        String[] received = {""};
        server.play((connection, exchange, bytes) -> {
            received[0] = Bytes.latin1(bytes);
            boolean incomplete =
                    ReferenceRequestParser.parse(received[0]) instanceof ParseResult.Incomplete<ParsedRequest>;
            return incomplete ? null : Answer.silentAfter(List.of(OK));
        });
        assertEquals(200, client.request(request).status());
        ParseResult<ParsedRequest> result = ReferenceRequestParser.parse(received[0]);
        ParseResult.Complete<?> complete = assertInstanceOf(ParseResult.Complete.class, result);
        assertEquals(received[0].length(), complete.length());
        return assertInstanceOf(ParsedRequest.class, complete.value());
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

    private static List<String> lines(List<FieldLine> fields) {
        return fields.stream().map(f -> f.name() + ": " + f.value()).toList();
    }

    private static List<String> generatedFields(List<String> fields) {
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
    Arbitrary<List<FieldLine>> fields() {
        return MessageArbitraries.fields();
    }

    @Provide
    Arbitrary<String> bodies() {
        return MessageArbitraries.bodies();
    }
}
