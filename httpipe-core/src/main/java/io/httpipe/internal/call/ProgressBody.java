package io.httpipe.internal.call;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** A body that reports how much of it has been sent. */
public record ProgressBody(OutgoingBody body, ProgressMeter.Report report) implements OutgoingBody {
    @Override
    public void writeTo(BodyOutput output) throws IOException {
        write(output, false);
    }

    @Override
    public void writePartTo(BodyOutput output) throws IOException {
        write(output, true);
    }

    private void write(BodyOutput output, boolean part) throws IOException {
        ProgressMeter meter = new ProgressMeter(report, body.length());
        ProgressMeter outer = output.progress(meter);
        meter.within(outer);
        if (part) {
            body.writePartTo(output);
        } else {
            body.writeTo(output);
        }
        output.progress(outer);
        meter.end();
    }

    @Override
    public long length() throws IOException {
        return body.length();
    }

    @Override
    public @Nullable String mediaType() {
        return body.mediaType();
    }

    @Override
    public @Nullable String contentEncoding() {
        return body.contentEncoding();
    }

    @Override
    public void encodeTo(OutputStream encoder) throws IOException {
        body.encodeTo(encoder);
    }

    @Override
    public boolean repeatable() {
        return body.repeatable();
    }

    @Override
    public void requireUnsent(boolean begins) {
        body.requireUnsent(begins);
    }

    @Override
    public boolean isUsed() {
        return body.isUsed();
    }

    @Override
    public void copyTo(OutputStream output) throws IOException {
        body.copyTo(output);
    }

    @Override
    public boolean mayBlock() {
        return body.mayBlock();
    }

    @Override
    public void readBy(long deadline) {
        body.readBy(deadline);
    }

    @Override
    public void abandon() {
        body.abandon();
    }

    @Override
    public void release() throws IOException {
        body.release();
    }

    @Override
    public boolean fitsOneWrite() {
        return body.fitsOneWrite();
    }

    @Override
    public String toString() {
        return body.toString();
    }
}
