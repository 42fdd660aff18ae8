package io.httpipe.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A server in this JVM with the same paths as nginx in the benchmarks, but simpler responses. */
final class TinyServer implements Closeable {
    private static final char[] PASSWORD = "password".toCharArray();

    private final List<Closeable> open = new ArrayList<>();
    private final Path folder;
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile CountDownLatch hold = new CountDownLatch(1);

    TinyServer(Path folder) {
        this.folder = folder;
    }

    /** Starts to listen on all kinds of addresses. */
    ServerAddresses start() throws Exception {
        Path unix = folder.resolve("server.sock");
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(unix));
        open.add(channel);
        startThread(() -> {
            while (true) {
                SocketChannel client = channel.accept();
                startThread(
                        () -> serve(client, Channels.newInputStream(client), Channels.newOutputStream(client), false));
            }
        });
        ServerSocketFactory plain = ServerSocketFactory.getDefault();
        ServerSocketFactory secure = tlsContext().getServerSocketFactory();
        return new ServerAddresses(
                listen(plain, "http", false),
                listen(plain, "http", false),
                listen(plain, "http", true),
                listen(secure, "https", false),
                listen(secure, "https", true),
                listen(secure, "https", true),
                unix,
                folder.resolve("server.pem"));
    }

    private URI listen(ServerSocketFactory factory, String scheme, boolean closing) throws IOException {
        ServerSocket server = factory.createServerSocket(0, 100, InetAddress.getLoopbackAddress());
        open.add(server);
        startThread(() -> {
            while (true) {
                Socket client = server.accept();
                startThread(() -> serve(client, client.getInputStream(), client.getOutputStream(), closing));
            }
        });
        return URI.create(scheme + "://127.0.0.1:" + server.getLocalPort() + "/");
    }

    /** Creates a self-signed certificate for 127.0.0.1. */
    private SSLContext tlsContext() throws IOException, InterruptedException, GeneralSecurityException {
        Path store = folder.resolve("server.p12");
        keytool(
                "-genkeypair",
                store,
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "san=ip:127.0.0.1,dns:localhost");
        keytool(
                "-exportcert",
                store,
                "-rfc",
                "-file",
                folder.resolve("server.pem").toString());
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }

    private void keytool(String command, Path store, String... more) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        line.addAll(List.of(command, "-alias", "server", "-keystore", store.toString(), "-storepass"));
        line.add(new String(PASSWORD));
        line.addAll(List.of(more));
        Path log = folder.resolve("keytool.log");
        Process process = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IOException(Files.readString(log));
        }
    }

    private void serve(Closeable socket, InputStream raw, OutputStream out, boolean closing) throws IOException {
        InputStream in = new BufferedInputStream(raw);
        try (socket) {
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                long length = 0;
                boolean chunked = false;
                for (String field = line(in); !field.isEmpty(); field = line(in)) {
                    String lower = field.toLowerCase(Locale.ROOT);
                    if (lower.startsWith("content-length: ")) {
                        length = Long.parseLong(lower.substring(16));
                    }
                    chunked |= lower.equals("transfer-encoding: chunked");
                }
                if (chunked) {
                    for (int size; (size = Integer.parseInt(line(in), 16)) > 0; ) {
                        in.skipNBytes(size + 2);
                    }
                    line(in);
                } else {
                    in.skipNBytes(length);
                }
                // A client that takes this server for a proxy sends the whole URI.
                String target = line.substring(line.indexOf(' ') + 1, line.lastIndexOf(' '))
                        .replaceFirst("^http://[^/]*", "");
                byte[] body = responseBody(target.substring(1));
                String head = "HTTP/1.1 200 OK\r\n" + (closing ? "Connection: close\r\n" : "")
                        + (target.startsWith("/json") ? "Content-Encoding: gzip\r\n" : "") + "Content-Length: "
                        + body.length + "\r\n\r\n";
                out.write(head.getBytes(StandardCharsets.ISO_8859_1));
                out.write(body);
                out.flush();
                if (closing) {
                    return;
                }
            }
        }
    }

    private byte[] responseBody(String path) throws IOException {
        return switch (path) {
            case "hold" -> {
                CountDownLatch release = hold;
                waiting.incrementAndGet();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                yield bytes("OK\n");
            }
            case "held" -> bytes(Integer.toString(waiting.get()));
            case "release" -> {
                waiting.set(0);
                CountDownLatch release = hold;
                hold = new CountDownLatch(1);
                release.countDown();
                yield bytes("OK\n");
            }
            case "13", "fields", "upload" -> bytes("Hello, world\n");
            case "json", "json-256m" -> {
                ByteArrayOutputStream gzip = new ByteArrayOutputStream();
                try (OutputStream out = new GZIPOutputStream(gzip)) {
                    out.write(new byte[50_000]);
                }
                yield gzip.toByteArray();
            }
            default -> new byte[100_000];
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Reads a line without its end. Returns an empty line at the end of the stream. */
    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next; (next = in.read()) != '\n'; ) {
            if (next < 0) {
                if (line.isEmpty()) {
                    return "";
                }
                throw new EOFException("in the middle of " + line);
            }
            line.append((char) next);
        }
        return line.substring(0, line.length() - 1);
    }

    private interface Connection {
        void run() throws IOException;
    }

    private static void startThread(Connection connection) {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                connection.run();
            } catch (IOException e) {
                // The client or close() has closed the socket. In both cases this thread ends.
            }
        });
    }

    @Override
    public void close() throws IOException {
        for (Closeable server : open) {
            server.close();
        }
    }
}
