package io.httpipe.internal.wire;

/** Checks the grammar of chunk extensions (RFC 9112, section 7.1.1). Their content is ignored. */
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
     * Whether these bytes are {@code *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )}, or only spaces
     * and tabs. Some devices pad the size with spaces or tabs, and every recipient reads the same size.
     */
    static boolean isWellFormed(byte[] line, int from, int end) {
        ChunkExtensions extensions = new ChunkExtensions(line, from, end);
        extensions.skipSpacesAndTabs();
        if (extensions.at < end) {
            extensions.at = from;
        }
        while (extensions.at < end) {
            if (!extensions.skipExtension()) {
                return false;
            }
        }
        return true;
    }

    private boolean skipExtension() {
        skipSpacesAndTabs();
        if (!skip(';')) {
            return false;
        }
        skipSpacesAndTabs();
        if (!skipToken()) {
            return false;
        }
        int afterName = at;
        skipSpacesAndTabs();
        if (!skip('=')) {
            at = afterName;
            return true;
        }
        skipSpacesAndTabs();
        return skip('"') ? skipRestOfQuotedString() : skipToken();
    }

    private boolean skip(char c) {
        if (at < end && line[at] == c) {
            at++;
            return true;
        }
        return false;
    }

    private void skipSpacesAndTabs() {
        while (at < end && Ascii.isSpaceOrTab(line[at])) {
            at++;
        }
    }

    private boolean skipToken() {
        int from = at;
        while (at < end && Ascii.isToken(line[at])) {
            at++;
        }
        return at > from;
    }

    private boolean skipRestOfQuotedString() {
        while (at < end) {
            byte b = line[at++];
            if (b == '"') {
                return true;
            }
            boolean escape = b == '\\';
            if (escape && at == end || !Ascii.isFieldValue(escape ? line[at++] : b)) {
                return false;
            }
        }
        return false;
    }
}
