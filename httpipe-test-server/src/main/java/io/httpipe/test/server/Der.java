package io.httpipe.test.server;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** Writes DER (X.690). */
final class Der {
    private Der() {}

    /** {@return the tag, the total length of the parts, and the parts} They have less than 64 KiB in all. */
    static byte[] tlv(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        if (content.size() > 255) {
            all.write(0x82);
            all.write(content.size() >> 8);
        } else if (content.size() > 127) {
            all.write(0x81);
        }
        all.write(content.size());
        all.writeBytes(content.toByteArray());
        return all.toByteArray();
    }

    static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
