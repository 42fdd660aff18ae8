package io.httpipe.bench.clients;

/** The clients that are compared, in the order in which tables show them. */
public enum Contender {
    HTTPIPE("httpipe", HttpipeClient::new),
    FLOOR("floor", FloorClient::new);

    private final String title;
    private final Opener opener;

    Contender(String title, Opener opener) {
        this.title = title;
        this.opener = opener;
    }

    /** The name in tables and on the command line. */
    public String title() {
        return title;
    }

    /**
     * Makes the client.
     *
     * @throws UnsupportedOperationException if it has no way to do what the setup says
     */
    public Client open(Setup setup) throws Exception {
        return opener.open(setup);
    }

    private interface Opener {
        Client open(Setup setup) throws Exception;
    }
}
