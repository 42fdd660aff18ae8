package io.httpipe.internal.wire;

/** The grammar of chunk extensions (RFC 9112, section 7.1.1), which are checked and otherwise ignored. */
final class ChunkExtensions {
    private final byte[] line;
    private final int end;
    private int at;

    private ChunkExtensions(byte[] line, int from, int end) {
        this.line = line;
        this.at = from;
        this.end = end;
    }

    /**
     * Whether these octets are {@code *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )}, or spaces and
     * tabs alone: devices pad the size with them, and every recipient reads the same size.
     */
    static boolean wellFormed(byte[] line, int from, int end) {
        ChunkExtensions rest = new ChunkExtensions(line, from, end);
        rest.blanks();
        if (rest.at < end) {
            rest.at = from;
        }
        while (rest.at < end) {
            if (!rest.extension()) {
                return false;
            }
        }
        return true;
    }

    private boolean extension() {
        blanks();
        if (!eat(';')) {
            return false;
        }
        blanks();
        if (!token()) {
            return false;
        }
        int afterName = at;
        blanks();
        if (!eat('=')) {
            at = afterName;
            return true;
        }
        blanks();
        return eat('"') ? restOfQuotedString() : token();
    }

    private boolean eat(char c) {
        if (at < end && line[at] == c) {
            at++;
            return true;
        }
        return false;
    }

    private void blanks() {
        while (at < end && (line[at] == ' ' || line[at] == '\t')) {
            at++;
        }
    }

    private boolean token() {
        int from = at;
        while (at < end && Ascii.isToken(line[at])) {
            at++;
        }
        return at > from;
    }

    private boolean restOfQuotedString() {
        while (at < end) {
            byte octet = line[at++];
            if (octet == '"') {
                return true;
            }
            boolean escape = octet == '\\';
            if (escape && at == end || !Ascii.isFieldValue(escape ? line[at++] : octet)) {
                return false;
            }
        }
        return false;
    }
}
