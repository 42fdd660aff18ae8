package io.httpipe.bench.clients;

import java.util.List;

/** The compared clients, in the order of the tables. */
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

    /** The name in tables. On the command line, case does not matter. */
    public String title() {
        return title;
    }

    /** The artifacts of the client, without their dependencies; none for the floor and the JDK's client. */
    public List<String> artifacts() {
        return artifact.isEmpty() ? List.of() : List.of(artifact);
    }

    /**
     * Creates the client.
     *
     * @throws UnsupportedOperationException if the client does not support the setup
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
