package io.httpipe.testing;

import io.httpipe.test.server.TestCertificate;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;

/**
 * A TLS server that accepts SNI names with an underscore and has a certificate for each. The JDK server refuses such
 * names unless the whole JVM ignores SNI. So this server runs in its own JVM and parses the name itself. It responds to
 * each request with the SNI name, and reports each handshake.
 */
public final class UnderscoreServer implements AutoCloseable {
    private static final Map<String, SSLContext> CONTEXTS = new ConcurrentHashMap<>();

    private final Process child;
    private final Path folder;
    private final Map<String, Integer> ports;
    private final BlockingQueue<String> handshakes = new LinkedBlockingQueue<>();

    private UnderscoreServer(Process child, Path folder, BufferedReader output) throws IOException {
        this.child = child;
        this.folder = folder;
        String[] first = String.valueOf(output.readLine()).split(" ");
        this.ports = Map.of("TLSv1.2", Integer.valueOf(first[0]), "TLSv1.3", Integer.valueOf(first[1]));
        Thread.ofVirtual().start(() -> output.lines().forEach(handshakes::add));
    }

    /** {@return a server that runs until it is closed} */
    public static UnderscoreServer start() throws IOException {
        Path folder = Files.createTempDirectory("httpipe");
        Process child = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djdk.tls.server.disableExtensions=server_name",
                        "-cp",
                        System.getProperty("java.class.path"),
                        UnderscoreServer.class.getName(),
                        folder.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new UnderscoreServer(
                child,
                folder,
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8)));
    }

    public int port(String protocol) {
        return ports.get(protocol);
    }

    /** {@return a PEM file with the authorities of the valid certificates} */
    public Path authorities() {
        return folder.resolve("ca.pem");
    }

    /** {@return a key store with a trusted client certificate and its key, for {@code password}} */
    public Path client() {
        return folder.resolve("client.p12");
    }

    /**
     * {@return the outcome of the next handshake}
     *
     * <p>One of {@code name complete CN=client}, {@code name complete} or {@code name failed}.
     */
    public String nextHandshake() throws InterruptedException {
        String next = handshakes.poll(30, TimeUnit.SECONDS);
        return next == null ? "no handshake within 30 s" : next;
    }

    @Override
    public void close() throws IOException {
        // The child ends at the end of its input.
        child.getOutputStream().close();
        Files.delete(authorities());
        Files.delete(client());
        Files.delete(folder);
    }

    /** The child process: makes certificates in the given folder, prints its ports, and ends with its input. */
    public static void main(String[] args) throws Exception {
        TestCertificates certificates = TestCertificates.get();
        Path folder = Path.of(args[0]);
        Files.move(certificates.pem("ca", "rsa-ca"), folder.resolve("ca.pem"), StandardCopyOption.REPLACE_EXISTING);
        try (OutputStream out = Files.newOutputStream(folder.resolve("client.p12"))) {
            certificates.store("client-a").store(out, "password".toCharArray());
        }
        System.out.println(listen("TLSv1.2") + " " + listen("TLSv1.3"));
        while (System.in.read() >= 0) {
            continue;
        }
        System.exit(0);
    }

    private static int listen(String protocol) throws IOException {
        ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                try {
                    Socket socket = listener.accept();
                    Thread.ofVirtual().start(() -> serve(socket, protocol));
                } catch (IOException e) {
                    return;
                }
            }
        });
        return listener.getLocalPort();
    }

    private static void serve(Socket socket, String protocol) {
        try (socket) {
            byte[] hello = clientHello(socket);
            String name = serverName(ByteBuffer.wrap(hello));
            SSLContext context = CONTEXTS.computeIfAbsent(
                    protocol + " " + name, key -> TestCertificates.get().server(certificate(name)));
            SSLSocket tls =
                    (SSLSocket) context.getSocketFactory().createSocket(socket, new ByteArrayInputStream(hello), true);
            tls.setEnabledProtocols(new String[] {protocol});
            tls.setWantClientAuth(true);
            try {
                tls.startHandshake();
            } catch (IOException e) {
                System.out.println(name + " failed");
                return;
            }
            System.out.println(name + " complete" + client(tls));
            answer(tls, name);
        } catch (IOException e) {
            // The client has closed.
        }
    }

    private static String client(SSLSocket tls) {
        try {
            Principal client = tls.getSession().getPeerPrincipal();
            return " " + client.getName();
        } catch (SSLPeerUnverifiedException e) {
            return "";
        }
    }

    private static void answer(SSLSocket tls, String name) throws IOException {
        BufferedReader in =
                new BufferedReader(new InputStreamReader(tls.getInputStream(), StandardCharsets.ISO_8859_1));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.isEmpty()) {
                String answer = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(name.length(), name);
                tls.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }

    /** {@return the first record, which holds the whole ClientHello: RFC 8446, section 5.1} */
    private static byte[] clientHello(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        ByteBuffer header = ByteBuffer.wrap(in.readNBytes(5));
        byte[] record = in.readNBytes(header.getShort(3));
        return ByteBuffer.allocate(5 + record.length).put(header).put(record).array();
    }

    /** {@return the SNI name, or an empty string: RFC 8446, section 4.1.2, and RFC 6066, section 3} */
    private static String serverName(ByteBuffer hello) {
        hello.position(5 + 4 + 2 + 32);
        skip(hello, hello.get());
        skip(hello, hello.getShort());
        skip(hello, hello.get());
        hello.getShort();
        while (hello.hasRemaining()) {
            int type = hello.getShort();
            int length = hello.getShort();
            if (type == 0) {
                byte[] name = new byte[hello.getShort(hello.position() + 3)];
                hello.get(hello.position() + 5, name);
                return new String(name, StandardCharsets.US_ASCII);
            }
            skip(hello, length);
        }
        return "";
    }

    private static void skip(ByteBuffer buffer, int length) {
        buffer.position(buffer.position() + length);
    }

    private static TestCertificate certificate(String name) {
        TestCertificate authority = TestCertificates.get().identity("ca");
        TestCertificate.Builder some = TestCertificate.builder("x").signedBy(authority);
        TestCertificate.Builder named = TestCertificate.builder(name).signedBy(authority);
        TestCertificate.Builder good = TestCertificate.builder("x").names(name);
        return switch (name) {
            case "" -> some.names("127.0.0.1").make();
            case "my_account.lab.test", "deep_er.sub.lab.test" ->
                some.names("*.lab.test").make();
            case "exact_name.lab.test" ->
                some.names("other.test", "EXACT_name.Lab.test").make();
            case "x_y.z_w.test", "x.z_w.test" -> some.names("*.z_w.test").make();
            case "wrong_name.lab.test" ->
                some.names("wrong-name.lab.test", "x.wrong_name.lab.test").make();
            case "part_ial.lab.test" ->
                some.names("part*.lab.test", "*ial.lab.test", "*_*.lab.test").make();
            case "two_stars.sub.test" ->
                some.names("*.*.test", "two_stars.*.test").make();
            case "single_label" -> some.names("*", "*.", "*.single_label").make();
            case "cn_only.lab.test" -> named.make();
            case "cn_ip.lab.test" -> named.names("127.0.0.1").make();
            case "cn_other.lab.test" -> named.names("other.test").make();
            case "null_byte.lab.test" ->
                some.hostName("null_byte.lab.test\0.evil.test").make();
            case "expired_one.lab.test" ->
                good.signedBy(authority).validForDays(-20, -10).make();
            case "un_trusted.lab.test" ->
                good.signedBy(TestCertificates.get().identity("other-ca")).make();
            case "self_signed.lab.test" -> good.make();
            case "weak_digest.lab.test" ->
                good.signedBy(TestCertificates.get().identity("rsa-ca"))
                        .overMd5()
                        .make();
            case "for_clients.lab.test" -> good.signedBy(authority).forClients().make();
            default -> good.signedBy(authority).make();
        };
    }
}
