package io.httpipe.test.server;

/**
 * The behaviour of a {@link ScriptedServer} on one connection, byte by byte. The connection is closed when the script
 * returns.
 *
 * {@snippet :
 * Script script = peer -> {
 *     peer.head();
 *     peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
 *     peer.reset();
 * };
 * }
 *
 * <p>A script runs in a virtual thread of its own. If it throws, {@link ScriptedServer#close} fails. When the server
 * closes, it closes the connection of the script and interrupts its thread. An {@link java.io.IOException} or
 * {@link InterruptedException} of the script is then not a failure.
 */
@FunctionalInterface
public interface Script {
    /**
     * Serves one connection.
     *
     * @param peer the server's side of the connection
     * @throws Exception if the connection did not go as the script expects
     */
    void run(Peer peer) throws Exception;
}
