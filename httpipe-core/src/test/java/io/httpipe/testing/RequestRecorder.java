package io.httpipe.testing;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A script for one connection that records every byte until the client closes. It responds to each complete request
 * with 200 and an empty body.
 */
public final class RequestRecorder implements Script {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private final CompletableFuture<String> received = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void run(Peer peer) {
        try {
            while (request(peer)) {
                peer.send(OK);
            }
        } catch (IOException e) {
            // The client's close may be a reset.
        }
        received.complete(text(0));
    }

    /** {@return all received bytes, after the client has closed} */
    public String received() throws Exception {
        return received.get(20, TimeUnit.SECONDS);
    }

    /** {@return the bytes after the first head, after the client has closed} */
    public String receivedBody() throws Exception {
        String all = received();
        return all.substring(all.indexOf("\r\n\r\n") + 4);
    }

    private boolean request(Peer peer) throws IOException {
        int start = bytes.size();
        if (!until(peer, "\r\n\r\n")) {
            return false;
        }
        String head = text(start);
        int length = head.indexOf("Content-Length: ");
        if (length >= 0) {
            long announced = Long.parseLong(head.substring(length + 16, head.indexOf('\r', length)));
            return count(peer, Math.clamp(announced, 0, Integer.MAX_VALUE));
        }
        return !head.contains("Transfer-Encoding: chunked") || chunks(peer);
    }

    private boolean chunks(Peer peer) throws IOException {
        int size;
        do {
            int line = bytes.size();
            if (!until(peer, "\r\n")) {
                return false;
            }
            size = Integer.parseInt(text(line).strip(), 16);
            if (size > 0 && !count(peer, size + 2)) {
                return false;
            }
        } while (size > 0);
        int line;
        do {
            line = bytes.size();
            if (!until(peer, "\r\n")) {
                return false;
            }
        } while (bytes.size() > line + 2);
        return true;
    }

    private boolean until(Peer peer, String end) throws IOException {
        int start = bytes.size();
        while (!text(Math.max(start, bytes.size() - end.length())).equals(end)) {
            if (!count(peer, 1)) {
                return false;
            }
        }
        return true;
    }

    private boolean count(Peer peer, int count) throws IOException {
        String text = peer.body(count);
        bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return text.length() == count;
    }

    private String text(int from) {
        byte[] all = bytes.toByteArray();
        return new String(all, from, all.length - from, StandardCharsets.ISO_8859_1);
    }
}
