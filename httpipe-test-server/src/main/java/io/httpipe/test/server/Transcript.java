package io.httpipe.test.server;

import java.io.ByteArrayOutputStream;
import java.util.concurrent.locks.ReentrantLock;

/** The first 8 KiB of one connection, of both directions together and in order, for messages. Thread-safe. */
final class Transcript {
    /** How many bytes of a connection are kept. */
    private static final int KEPT = 8 << 10;

    private final String title;
    private final ReentrantLock lock = new ReentrantLock();
    private final StringBuilder lines = new StringBuilder();
    private final ByteArrayOutputStream current = new ByteArrayOutputStream();
    private char direction = ' ';
    private int kept;
    private long dropped;
    private boolean ended;

    Transcript(String title) {
        this.title = title;
    }

    void received(byte[] bytes, int offset, int length) {
        add('>', bytes, offset, length);
    }

    void sent(byte[] bytes, int offset, int length) {
        add('<', bytes, offset, length);
    }

    private void add(char to, byte[] bytes, int offset, int length) {
        lock.lock();
        try {
            int room = Math.min(length, KEPT - kept);
            dropped += length - room;
            if (room == 0) {
                return;
            }
            if (to != direction) {
                endPiece();
                direction = to;
            }
            current.write(bytes, offset, room);
            kept += room;
        } finally {
            lock.unlock();
        }
    }

    /** Adds an event of the connection. */
    void note(String event) {
        lock.lock();
        try {
            endPiece();
            if (lines.length() < 4 * KEPT) {
                lines.append("  * ").append(event).append('\n');
            }
        } finally {
            lock.unlock();
        }
    }

    /** Called when the connection has ended. */
    void end() {
        lock.lock();
        try {
            ended = true;
        } finally {
            lock.unlock();
        }
    }

    boolean hasEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /** Drops all bytes and events so far. */
    void clear() {
        lock.lock();
        try {
            lines.setLength(0);
            current.reset();
            direction = ' ';
            kept = 0;
            dropped = 0;
        } finally {
            lock.unlock();
        }
    }

    private void endPiece() {
        if (current.size() > 0) {
            lines.append(lines(direction, Text.latin(current.toByteArray())));
            current.reset();
        }
        direction = ' ';
    }

    /** {@return the text with the sign before each line; a CR or LF that is not a line end is escaped} */
    private static String lines(char sign, String text) {
        StringBuilder out = new StringBuilder();
        for (int from = 0; from < text.length(); ) {
            int end = text.indexOf("\r\n", from);
            int until = end < 0 ? text.length() : end;
            out.append("  ").append(sign);
            if (until > from) {
                out.append(' ');
            }
            for (int i = from; i < until; i++) {
                Text.escape(out, text.charAt(i));
            }
            out.append('\n');
            from = end < 0 ? text.length() : end + 2;
        }
        return out.toString();
    }

    /** {@return the title, then a line for each received ({@code >}) or sent ({@code <}) line} */
    @Override
    public String toString() {
        lock.lock();
        try {
            String rest = current.size() == 0 ? "" : lines(direction, Text.latin(current.toByteArray()));
            String more = dropped == 0 ? "" : "  * " + dropped + " more bytes\n";
            return title + "\n" + lines + rest + more;
        } finally {
            lock.unlock();
        }
    }
}
