package io.httpipe.test;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.HostConfig;
import io.httpipe.test.server.TestAuthority;
import io.httpipe.test.server.TestCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.output.OutputFrame.OutputType;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * nginx in a container, for tests of any HTTP client. It needs Docker, and Testcontainers 2 on the class path.
 *
 * {@snippet :
 * try (NginxContainer nginx = NginxContainer.stock().withConfig("location = /version { return 200 '1.2.3'; }")) {
 *     nginx.start();
 *     assertEquals("1.2.3", client.get(nginx.uri("/version")).text());
 * }
 * }
 *
 * <p>There are two kinds of images. {@link #stock} and {@link #of} use an image that has nginx, and this class writes
 * the configuration: the test adds directives, or replaces the whole file. {@link #echo} uses an image with answers in
 * Lua, which the first start builds from the {@code Dockerfile.nginx} in this jar:
 *
 * <table>
 * <caption>Some of the echo image's answers</caption>
 * <tr><td>{@code /echo}</td><td>the request's head as it came, then its body</td></tr>
 * <tr><td>{@code /status/404}</td><td>this status</td></tr>
 * <tr><td>{@code /sleep?ms=1000}</td><td>an answer after this time</td></tr>
 * <tr><td>{@code /length?n=13}, {@code /chunked?n=13&size=5}, {@code /until-close?n=13}</td>
 *     <td>{@code n} bytes with each kind of framing</td></tr>
 * <tr><td>{@code /drip?n=10&ms=100}</td><td>a byte, a pause, a byte</td></tr>
 * <tr><td>{@code /body}, {@code /sink}</td><td>the request's body; for {@code /sink}, only its length and MD5</td></tr>
 * <tr><td>{@code /redirect?to=/echo}, {@code /moved/308?to=/echo}</td><td>a redirect</td></tr>
 * <tr><td>{@code /flaky?id=1&failures=2&status=503}</td><td>failures, then a success</td></tr>
 * <tr><td>{@code /trailers}</td><td>a response with a trailer field</td></tr>
 * <tr><td>{@code /early-hints}</td><td>a response with status 103 before the final response</td></tr>
 * <tr><td>{@code /auth}</td><td>a response with status 401 and a Basic challenge</td></tr>
 * <tr><td>{@code /headers}</td><td>a response with several fields, three of them {@code Set-Cookie}</td></tr>
 * </table>
 *
 * <p>Every option of {@link GenericContainer} applies too. {@link #stop}, {@link #close} or the end of the JVM removes
 * the container. If Docker, the image or Ryuk (the cleaner of Testcontainers) is not available, or if nginx does not
 * accept its configuration, {@link #start} throws an exception that says what to do.
 *
 * <p>Configure, start, reload and stop it on one thread at a time. The other methods are thread-safe after the start.
 */
public final class NginxContainer extends GenericContainer<NginxContainer> {
    /** The socket in the container. */
    static final String SOCKET = "/run/httpipe/nginx.sock";

    private static final String DEFAULT_IMAGE = "nginx:stable";
    private static final int ECHO_HTTP = 8080;
    private static final int ECHO_OTHER_HTTP = 8081;
    private static final int ECHO_TLS = 8443;
    private static final String ECHO_FOLDER = "/etc/httpipe";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** The name of the image; null if the first start builds the image from its Dockerfile. */
    private final @Nullable String image;

    private final boolean echo;
    private final List<String> directives = new ArrayList<>();
    private final SocketFolder socketFolder = new SocketFolder();
    private @Nullable String wholeFile;
    private boolean tls;
    private @Nullable TestAuthority authority;
    private boolean socket;

    /** The error output of nginx when its container was last stopped. */
    private String lastLog = "";

    private NginxContainer(String image, boolean echo) {
        super(DockerImageName.parse(image));
        this.image = image;
        this.echo = echo;
        expose();
    }

    private NginxContainer() {
        super(EchoImage.image());
        this.image = null;
        this.echo = true;
        expose();
    }

    private void expose() {
        if (echo) {
            addExposedPorts(ECHO_HTTP, ECHO_OTHER_HTTP, ECHO_TLS);
        } else {
            addExposedPorts(NginxConfig.HTTP);
            setCommandParts(new String[] {"nginx", "-g", "daemon off;"});
        }
        setWaitStrategy(new NginxReady());
    }

    /**
     * {@return nginx of the image {@code nginx:stable}, whose version changes over time} In a build that must be
     * reproducible, use {@link #of} with a version.
     */
    public static NginxContainer stock() {
        return of(DEFAULT_IMAGE);
    }

    /**
     * {@return nginx of this image}
     *
     * @param image such as {@code nginx:1.28}. It must contain a shell, and on its {@code PATH} an nginx that
     *              reads {@code /etc/nginx/nginx.conf}
     */
    public static NginxContainer of(String image) {
        return new NginxContainer(image, false);
    }

    /** {@return nginx with the answers in Lua; the first start builds the image} */
    public static NginxContainer echo() {
        return new NginxContainer();
    }

    /**
     * {@return nginx with the answers in Lua, in an image that was built before}
     *
     * @param image built from {@code Dockerfile.nginx}
     */
    public static NginxContainer echo(String image) {
        return new NginxContainer(image, true);
    }

    /**
     * Adds directives to the {@code server} block of the configuration.
     *
     * {@snippet :
     * nginx.withConfig("location /slow { limit_rate 10k; }", "client_max_body_size 1k;");
     * }
     *
     * @param newDirectives the directives with their semicolons or braces
     * @return this container
     * @throws IllegalStateException if {@link #withConfigFile} has replaced the whole file
     */
    public NginxContainer withConfig(String... newDirectives) {
        if (wholeFile != null) {
            throw new IllegalStateException("the whole file has been replaced, so withConfig cannot add to it");
        }
        directives.addAll(List.of(newDirectives));
        return this;
    }

    /**
     * Replaces the whole configuration file, {@code /etc/nginx/nginx.conf}. Port 80 is published.
     * {@code addExposedPorts} publishes more ports; {@code withExposedPorts} publishes other ports instead of port 80.
     * For TLS or a Unix socket, the file itself must have the directives.
     *
     * @param text the file, without the directive {@code daemon}
     * @return this container
     * @throws IllegalStateException for the echo image, and if {@link #withConfig} has added directives
     */
    public NginxContainer withConfigFile(String text) {
        if (echo || !directives.isEmpty()) {
            throw new IllegalStateException(
                    echo
                            ? "the echo image has its own file; add to it by withConfig, or use NginxContainer.of(image)"
                            : "withConfig has added directives, so withConfigFile cannot replace the file");
        }
        wholeFile = text;
        return this;
    }

    /**
     * Replaces the whole configuration file, as for {@link #withConfigFile(String)}.
     *
     * @param file a file in UTF-8
     * @return this container
     */
    public NginxContainer withConfigFile(Path file) {
        try {
            return withConfigFile(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Adds a file that is served as it is.
     *
     * @param path the path of its URI, such as {@code /index.html}
     * @param text the content, which is stored in UTF-8
     * @return this container
     */
    public NginxContainer withContent(String path, String text) {
        return withContent(path, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Adds a file that is served as it is.
     *
     * @param path  the path of its URI, such as {@code /logo.png}
     * @param bytes the content
     * @return this container
     */
    public NginxContainer withContent(String path, byte[] bytes) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("path: \"%s\" does not begin with /".formatted(path));
        }
        return withCopyToContainer(Transferable.of(bytes), NginxConfig.CONTENT + path);
    }

    /**
     * Adds the files of a folder, which are served as they are.
     *
     * @param folder the folder, whose content appears under {@code /}
     * @return this container
     */
    public NginxContainer withContent(Path folder) {
        return withCopyFileToContainer(MountableFile.forHostPath(folder, 0755), NginxConfig.CONTENT);
    }

    /**
     * Serves over TLS too, with this certificate. The echo image always serves over TLS, by default with its own
     * certificate.
     *
     * @param certificateChain in PEM, the server's certificate first
     * @param privateKey       in PEM
     * @return this container
     */
    public NginxContainer withTls(String certificateChain, String privateKey) {
        String folder = echo ? ECHO_FOLDER : NginxConfig.FOLDER;
        exposeTls();
        return withCopyToContainer(Transferable.of(certificateChain), folder + "/server.pem")
                .withCopyToContainer(Transferable.of(privateKey, 0600), folder + "/server.key");
    }

    /**
     * Serves over TLS too, with a certificate of this authority for {@code localhost}, 127.0.0.1, ::1 and the host on
     * which Docker publishes the ports.
     *
     * {@snippet :
     * TestAuthority authority = TestAuthority.create();
     * NginxContainer nginx = NginxContainer.stock().withTls(authority);
     * HttpClient client = HttpClient.newBuilder().sslContext(authority.clientContext()).build();
     * }
     *
     * @param authority the authority, which clients must trust
     * @return this container
     */
    public NginxContainer withTls(TestAuthority authority) {
        this.authority = authority;
        exposeTls();
        return this;
    }

    private void exposeTls() {
        if (!echo && !tls) {
            addExposedPorts(NginxConfig.TLS);
        }
        tls = true;
    }

    /** Copies a certificate into the container. The name of the host comes from Docker, so this runs at the start. */
    private void issueCertificate(TestAuthority issuer) {
        Set<String> names = new LinkedHashSet<>(List.of("localhost", "127.0.0.1", "::1"));
        names.add(getHost());
        TestCertificate certificate = issuer.server(names.toArray(String[]::new));
        withTls(certificate.chainPem(), certificate.keyPem());
    }

    /**
     * Listens on a Unix domain socket too. The socket is in a new folder of this machine, which the container shares.
     * So the Docker engine must run directly on this machine under Linux, not in a virtual machine as on macOS.
     *
     * @return this container
     */
    public NginxContainer withUnixSocket() {
        socket = true;
        return withCreateContainerCmdModifier(create -> {
            HostConfig host = create.getHostConfig();
            if (host != null) {
                Bind own = Bind.parse(socketFolder.path() + ":/run/httpipe");
                Bind[] others = host.getBinds();
                host.withBinds(Stream.concat(others == null ? Stream.of() : Stream.of(others), Stream.of(own))
                        .toList());
            }
        });
    }

    /**
     * Starts nginx, and returns when nginx answers.
     *
     * @throws RuntimeException if the container cannot be started; for known causes, this is an
     *                          {@link IllegalStateException} whose message says what to do
     */
    @Override
    public void start() {
        if (getContainerId() != null) {
            return;
        }
        try {
            DockerClientFactory.instance().client();
            NginxCleanup.add(this);
            super.start();
        } catch (RuntimeException e) {
            try {
                stop();
            } catch (RuntimeException stopped) {
                e.addSuppressed(stopped);
            }
            throw DockerAdvice.of(e, image, lastLog);
        }
    }

    /** Keeps the error output. Testcontainers calls this before it removes a container, even one that did not start. */
    @Override
    protected void containerIsStopping(InspectContainerResponse info) {
        try {
            lastLog = getLogs(OutputType.STDERR);
        } catch (RuntimeException e) {
            lastLog = "";
        }
    }

    /** Writes the configuration. Called by {@link #start}. */
    @Override
    protected void configure() {
        if (authority != null) {
            issueCertificate(authority);
        }
        if (!echo) {
            withCopyToContainer(Transferable.of(config()), "/etc/nginx/nginx.conf");
        } else if (!directives.isEmpty()) {
            withCopyToContainer(Transferable.of(config()), ECHO_FOLDER + "/conf.d/test.conf");
        }
    }

    private String config() {
        if (echo) {
            return String.join("\n", directives) + "\n";
        }
        return wholeFile == null ? NginxConfig.of(directives, tls, socket) : wholeFile;
    }

    /** Removes the container. After that, {@link #start} creates a new one. */
    @Override
    public void stop() {
        super.stop();
        NginxCleanup.remove(this);
        socketFolder.remove();
    }

    /**
     * Gives nginx another configuration while it runs, and returns when new connections get only the new one. nginx
     * completes running requests with the old configuration, and closes idle connections.
     *
     * @param newDirectives the directives, which replace those of {@link #withConfig}
     * @throws IllegalStateException if nginx does not accept them; nginx then keeps the old configuration
     */
    public void reload(String... newDirectives) {
        if (wholeFile != null) {
            throw new IllegalStateException("the whole file has been replaced; use reloadFile(text)");
        }
        List<String> old = List.copyOf(directives);
        directives.clear();
        Collections.addAll(directives, newDirectives);
        reload(() -> {
            directives.clear();
            directives.addAll(old);
        });
    }

    /**
     * Gives nginx another configuration file while it runs, as {@link #reload} does.
     *
     * @param text as for {@link #withConfigFile(String)}
     * @throws IllegalStateException if nginx does not accept the file, and for the echo image
     */
    public void reloadFile(String text) {
        if (echo) {
            throw new IllegalStateException("the echo image has its own file; use reload(directives)");
        }
        String old = wholeFile;
        wholeFile = text;
        reload(() -> wholeFile = old);
    }

    private void reload(Runnable undo) {
        String path = echo ? ECHO_FOLDER + "/conf.d/test.conf" : "/etc/nginx/nginx.conf";
        NginxProcess nginx = new NginxProcess(this, echo ? ECHO_FOLDER + "/nginx.conf" : path);
        copyFileToContainer(Transferable.of(config()), path);
        String problem = nginx.test();
        if (problem != null) {
            undo.run();
            copyFileToContainer(Transferable.of(config()), path);
            throw new IllegalStateException("nginx does not accept its configuration: " + problem);
        }
        nginx.reload(PATIENCE);
    }

    /** {@return the published port for http} */
    public int httpPort() {
        return getMappedPort(echo ? ECHO_HTTP : NginxConfig.HTTP);
    }

    /**
     * {@return the published port for https}
     *
     * @throws IllegalStateException if nginx does not serve TLS
     */
    public int tlsPort() {
        if (!echo && !tls) {
            throw new IllegalStateException("this nginx does not serve TLS; use withTls");
        }
        return getMappedPort(echo ? ECHO_TLS : NginxConfig.TLS);
    }

    /** {@return the published second port for http of the echo image, which is another origin with the same answers} */
    public int otherHttpPort() {
        return getMappedPort(ECHO_OTHER_HTTP);
    }

    /**
     * {@return the http URI of a path}
     *
     * @param pathAndQuery such as {@code /echo?a=1}
     */
    public URI uri(String pathAndQuery) {
        return URI.create("http://" + getHost() + ":" + httpPort() + pathAndQuery);
    }

    /**
     * {@return the https URI of a path}
     *
     * @param pathAndQuery such as {@code /echo?a=1}
     */
    public URI tlsUri(String pathAndQuery) {
        return URI.create("https://" + getHost() + ":" + tlsPort() + pathAndQuery);
    }

    /**
     * {@return the file of the Unix domain socket}
     *
     * @throws IllegalStateException if {@link #withUnixSocket} was not called
     */
    public Path unixSocket() {
        if (!socket) {
            throw new IllegalStateException("this nginx has no Unix socket; use withUnixSocket");
        }
        return socketFolder.path().resolve(SocketFolder.SOCKET);
    }

    /**
     * {@return the certificate, in PEM, of the authority that signed the echo image's certificate} Clients must trust
     * that authority, unless {@link #withTls} was called. The image's certificate is for {@code localhost},
     * {@code httpipe.test} and 127.0.0.1.
     */
    public String echoAuthority() {
        if (!echo) {
            throw new IllegalStateException("only the echo image contains a certificate");
        }
        return copyFileFromContainer(
                ECHO_FOLDER + "/ca.pem", in -> new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }

    /**
     * {@return the requests so far, in the order in which nginx answered them} nginx writes an entry after its
     * response, so the last entries may be missing. {@link #awaitAccess} waits for one. With {@link #withConfigFile},
     * there are entries only if the {@code log_format} is
     * {@code '$connection $connection_requests "$request" $status $body_bytes_sent'}.
     */
    public List<AccessLogEntry> accessLog() {
        return AccessLogEntry.parse(getLogs(OutputType.STDOUT));
    }

    /**
     * Waits at most 10 seconds for a request in the access log.
     *
     * @param wanted returns true for the request
     * @return the first entry that matches
     * @throws IllegalStateException if none matches in time; the message has the last entries
     */
    public AccessLogEntry awaitAccess(Predicate<AccessLogEntry> wanted) {
        return AccessLogEntry.await(this::accessLog, wanted, PATIENCE);
    }
}
