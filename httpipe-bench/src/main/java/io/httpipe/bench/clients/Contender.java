package io.httpipe.bench.clients;

/** The clients that are compared, in the order in which tables show them. */
public enum Contender {
    HTTPIPE("httpipe", "io.httpipe.Httpipe"),
    FLOOR("floor", ""),
    APACHE("Apache", "org.apache.hc.client5.http.classic.HttpClient"),
    OKHTTP("OkHttp", "okhttp3.OkHttpClient"),
    HELIDON("Helidon", "io.helidon.webclient.api.WebClient"),
    JETTY("Jetty", "org.eclipse.jetty.client.HttpClient"),
    JDK("JDK", "");

    private final String title;
    private final String mainClass;

    Contender(String title, String mainClass) {
        this.title = title;
        this.mainClass = mainClass;
    }

    /** The name in tables; on the command line in any case. */
    public String title() {
        return title;
    }

    /** A class of the library that it is; empty if it comes with the JDK. */
    public String mainClass() {
        return mainClass;
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
