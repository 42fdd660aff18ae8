package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.httpipe.Body;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.invoke.MethodHandles;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the Java of the README, its port changed to that of a server of ours, and runs it. */
class ReadmeTest {
    private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");

    /** The README's samples in their order, and what they take for granted. */
    private static final List<String> SIGNATURES = List.of(
            "lead(PrintStream out)",
            "simple(Httpipe hp, PrintStream out)",
            "generic(Httpipe hp, PrintStream out)",
            "advanced(Httpipe hp, PrintStream out)",
            "proxy(Httpipe hp, HttpExchange exchange)");

    private static final String IMPORTS = """
            package io.httpipe.examples;

            import com.sun.net.httpserver.HttpExchange;
            import io.httpipe.*;
            import java.io.PrintStream;
            import java.time.Duration;
            import java.util.concurrent.*;

            """;

    @TempDir
    Path folder;

    @Test
    void itsSamplesCompileAndDoWhatItSays() throws Exception {
        try (EchoServer server = EchoServer.start();
                Httpipe hp = Httpipe.create()) {
            Class<?> readme = compiled(server);
            String echoed = Echoed.get("/echo", server);

            String lead = printed(out -> call(readme, "lead", out));
            assertTrue(lead.startsWith("GET /echo?n=1 ") && lead.contains("GET /echo?n=2 "), lead);

            assertEquals(echoed, printed(out -> call(readme, "simple", hp, out)));

            String generic = printed(out -> call(readme, "generic", hp, out));
            assertTrue(generic.startsWith("200" + System.lineSeparator()) && generic.endsWith(echoed), generic);

            String advanced = printed(out -> call(readme, "advanced", hp, out));
            assertEquals(Echoed.post("Content-Length: " + echoed.length(), server) + echoed, advanced);

            assertTrue(throughProxy(hp, readme)
                    .endsWith("Transfer-Encoding: chunked\r\nUser-Agent: httpipe/0.1\r\n\r\nhello"));
        }
    }

    private static String throughProxy(Httpipe hp, Class<?> readme) throws IOException {
        HttpServer proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        proxy.createContext("/", exchange -> call(readme, "proxy", hp, exchange));
        proxy.start();
        try {
            Body body = Body.of(List.of("hello".getBytes(UTF_8)).iterator());
            String uri = "http://127.0.0.1:" + proxy.getAddress().getPort();
            return hp.request(Request.post(uri).body(body)).text();
        } finally {
            proxy.stop(0);
        }
    }

    private interface Sample {
        void print(PrintStream out);
    }

    private static String printed(Sample sample) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        sample.print(new PrintStream(bytes, true, UTF_8));
        return bytes.toString(UTF_8);
    }

    private static void call(Class<?> readme, String name, Object... arguments) {
        try {
            for (var method : readme.getDeclaredMethods()) {
                if (method.getName().equals(name)) {
                    method.invoke(null, arguments);
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(name, e);
        }
    }

    /** A class in this package, for the proxy uses what is not public. */
    private Class<?> compiled(EchoServer server) throws IOException, IllegalAccessException {
        String port = server.base().substring(server.base().lastIndexOf(':') + 1);
        Iterator<String> signatures = SIGNATURES.iterator();
        StringBuilder source = new StringBuilder(IMPORTS).append("class Readme {\n");
        for (MatchResult block : JAVA.matcher(Files.readString(Path.of("../README.md")))
                .results()
                .toList()) {
            source.append("static void ").append(signatures.next()).append(" throws Exception {\n");
            source.append(block.group(1).replace("System.out.", "out.").replace("9090", port))
                    .append("}\n");
        }
        Path file = Files.writeString(folder.resolve("Readme.java"), source.append("}\n"));
        int errors = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", folder.toString(), file.toString());
        assertEquals(0, errors, source::toString);
        return MethodHandles.lookup()
                .defineClass(Files.readAllBytes(folder.resolve("io/httpipe/examples/Readme.class")));
    }
}
