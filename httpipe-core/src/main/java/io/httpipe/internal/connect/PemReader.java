package io.httpipe.internal.connect;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads text in PEM (RFC 7468). Text outside of blocks is ignored. Inside a block, headers (RFC 1421) are ignored,
 * except the header of an encrypted key. A text may have up to 1 MiB. A text that cannot be read causes an {@link
 * IllegalArgumentException}. Its message names the argument. If it is about a block, it also names the label and the
 * line of the block. It shows nothing of the content. For one text and one thread.
 */
public final class PemReader {
    private static final int MAX_LENGTH = 1 << 20;
    private static final int MAX_LABEL = 64;
    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    private final String argument;
    private final List<Block> blocks = new ArrayList<>();

    /** The number of the current line, from 1. */
    private int line;

    /** The block that has begun and not ended; null if there is none. */
    private @Nullable Block open;

    private StringBuilder base64 = new StringBuilder();

    /** Whether the current line is the first of its block. */
    private boolean first;

    private boolean inHeaders;

    /** One block of a text. */
    public static final class Block {
        private final String label;
        private final int line;
        private boolean encrypted;
        private byte[] content = new byte[0];

        private Block(String label, int line) {
            this.label = label;
            this.line = line;
        }

        public String label() {
            return label;
        }

        /** Whether the content is encrypted as RFC 1421 describes. OpenSSL before 3.0 often writes such keys. */
        public boolean isEncrypted() {
            return encrypted;
        }

        public byte[] content() {
            return content;
        }

        /** The label and the line, without the content. */
        @Override
        public String toString() {
            return label + " at line " + line;
        }
    }

    private PemReader(String argument) {
        this.argument = argument;
    }

    /**
     * Returns the blocks of a text in their order.
     *
     * @param argument the name that messages use
     * @throws IllegalArgumentException if the text is too long, or a block is malformed
     */
    public static List<Block> read(String argument, String text) {
        if (text.length() > MAX_LENGTH) {
            throw tooLong(argument);
        }
        PemReader reader = new PemReader(argument);
        int length = text.length();
        for (int from = 0, to; from < length; from = to + 1) {
            to = endOfLine(text, from);
            reader.line++;
            reader.take(text.substring(from, to).trim());
            if (to + 1 < length && text.charAt(to) == '\r' && text.charAt(to + 1) == '\n') {
                to++;
            }
        }
        if (reader.open != null) {
            throw reader.refused(reader.open, "has no end");
        }
        return reader.blocks;
    }

    /** Returns the text of a file, for {@link #read}. */
    public static String text(String argument, Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_LENGTH + 1);
            if (bytes.length > MAX_LENGTH) {
                throw tooLong(argument);
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    /**
     * Returns the certificates in a text.
     *
     * @throws IllegalArgumentException if there is none, or one cannot be read
     */
    public static List<X509Certificate> certificates(String argument, String text) {
        List<Block> blocks = read(argument, text);
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks) {
            if (block.label.equals("CERTIFICATE") || block.label.equals("X509 CERTIFICATE")) {
                try {
                    certificates.add((X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(block.content)));
                } catch (CertificateException | RuntimeException e) {
                    throw new IllegalArgumentException("%s: %s cannot be read".formatted(argument, block), e);
                }
            }
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException(argument + ": no CERTIFICATE; " + found(blocks));
        }
        return certificates;
    }

    /** Lists the blocks for a message. */
    static String found(List<Block> blocks) {
        if (blocks.isEmpty()) {
            return "found no line that begins with -----BEGIN";
        }
        StringBuilder found = new StringBuilder("found ");
        for (int i = 0; i < blocks.size() && i < 5; i++) {
            found.append(i == 0 ? "" : ", ").append(blocks.get(i));
        }
        return found.append(blocks.size() > 5 ? ", and others" : "").toString();
    }

    private static IllegalArgumentException tooLong(String argument) {
        return new IllegalArgumentException(argument + ": longer than 1 MiB");
    }

    private static int endOfLine(String text, int from) {
        int to = from;
        while (to < text.length() && text.charAt(to) != '\n' && text.charAt(to) != '\r') {
            to++;
        }
        return to;
    }

    private void take(String content) {
        if (content.startsWith(BEGIN)) {
            if (open != null) {
                throw refused(open, "has no end");
            }
            open = new Block(label(content, BEGIN), line);
            first = true;
            inHeaders = false;
            base64 = new StringBuilder();
        } else if (content.startsWith(END)) {
            end(label(content, END));
        } else if (open != null) {
            takeInside(open, content);
        }
    }

    private void takeInside(Block block, String content) {
        inHeaders |= first && content.indexOf(':') >= 0;
        first = false;
        if (!inHeaders) {
            base64.append(content);
        } else if (content.isEmpty()) {
            inHeaders = false;
        } else if (content.startsWith("Proc-Type:") && content.endsWith("ENCRYPTED")) {
            block.encrypted = true;
        }
    }

    private void end(String label) {
        Block block = open;
        if (block == null) {
            throw new IllegalArgumentException(
                    "%s: END %s at line %d has no beginning".formatted(argument, label, line));
        }
        if (!block.label.equals(label)) {
            throw refused(block, "ends with END " + label);
        }
        try {
            block.content = Base64.getDecoder().decode(base64.toString());
        } catch (IllegalArgumentException e) {
            // The message of the cause would show a part of the content.
            throw refused(block, "is not Base64");
        }
        if (block.content.length == 0) {
            throw refused(block, "is empty");
        }
        blocks.add(block);
        open = null;
    }

    /** Returns the label in the first or last line of a block. */
    private String label(String content, String start) {
        if (content.length() > start.length() + DASHES.length() && content.endsWith(DASHES)) {
            String label = content.substring(start.length(), content.length() - DASHES.length());
            if (label.length() <= MAX_LABEL && isLabel(label)) {
                return label;
            }
        }
        throw new IllegalArgumentException("%s: line %d is no boundary of a PEM block".formatted(argument, line));
    }

    private static boolean isLabel(String label) {
        for (int i = 0; i < label.length(); i++) {
            char c = label.charAt(i);
            if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != ' ') {
                return false;
            }
        }
        return true;
    }

    private IllegalArgumentException refused(Block block, String why) {
        return new IllegalArgumentException("%s: %s %s".formatted(argument, block, why));
    }
}
