package io.httpipe.internal.policy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/** Decodes data in the DEFLATE format (RFC 1951). */
abstract class InflaterCodec implements Codec {
    Inflater inflater;

    InflaterCodec(Inflater inflater) {
        this.inflater = inflater;
    }

    /** Decodes until the input is empty, the output is full, or the data has ended. Returns whether it has ended. */
    final boolean inflate(ByteBuffer in, ByteBuffer out) throws IOException {
        inflater.setInput(in);
        try {
            // One call decodes as much as the input and the output allow.
            inflater.inflate(out);
            if (inflater.needsDictionary()) {
                throw new ZipException("it needs a dictionary");
            }
            return inflater.finished();
        } catch (DataFormatException e) {
            String message = e.getMessage();
            ZipException malformed = new ZipException(message == null ? "it is malformed" : message);
            malformed.initCause(e);
            throw malformed;
        }
    }

    @Override
    public final void close() {
        inflater.end();
    }
}
