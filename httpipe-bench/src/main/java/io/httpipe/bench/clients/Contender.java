package io.httpipe.bench.clients;

import java.util.List;

/** The clients that are compared, in the order in which tables show them. */
public enum Contender {
    HTTPIPE("httpipe", "httpipe-core"),
    FLOOR("floor", ""),
    APACHE("Apache", "httpclient5"),
    OKHTTP("OkHttp", "okhttp-jvm"),
    HELIDON("Helidon", "helidon-webclient"),
    JETTY("Jetty", "jetty-client"),
    JDK("JDK", "");

    private final String title;
    private final String artifact;

    Contender(String title, String artifact) {
        this.title = title;
        this.artifact = artifact;
    }

    /** The name in tables; on the command line in any case. */
    public String title() {
        return title;
    }

    /** What has to be on the class path, besides what that needs in turn; nothing if it comes with the JDK. */
    public List<String> artifacts() {
        return artifact.isEmpty() ? List.of() : List.of(artifact);
    }

    /**
     * Makes the client.
     *
     * @throws UnsupportedOperationException if it has no way to do what the setup says
     */
    public Client open(Setup setup) throws Exception {
        return switch (this) {
            case HTTPIPE -> new HttpipeClient(setup);
            case FLOOR -> new FloorClient(setup);
            case APACHE -> new ApacheClient(setup);
            case OKHTTP -> new OkHttp(setup);
            case HELIDON -> new HelidonClient(setup);
            case JETTY -> new JettyClient(setup);
            case JDK -> new JdkClient(setup);
        };
    }
}
