package io.httpipe.internal.call;

import java.io.IOException;
import java.io.OutputStream;

/** A body that reports how much of it has been sent. */
public record ProgressBody(OutgoingBody body, ProgressMeter.Report report) implements BodyWrapper {
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
    public void encodeTo(OutputStream encoder) throws IOException {
        ProgressMeter meter = new ProgressMeter(report, body.length());
        body.encodeTo(new Counted(encoder, meter));
        meter.end();
    }

    /** Counts the bytes that an encoder has accepted. */
    private static final class Counted extends OutputStream {
        private final OutputStream encoder;
        private final ProgressMeter meter;

        Counted(OutputStream encoder, ProgressMeter meter) {
            this.encoder = encoder;
            this.meter = meter;
        }

        @Override
        public void write(int oneByte) throws IOException {
            encoder.write(oneByte);
            meter.add(1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            encoder.write(bytes, offset, count);
            meter.add(count);
        }

        @Override
        public void flush() throws IOException {
            encoder.flush();
        }
    }

    @Override
    public String toString() {
        return body.toString();
    }
}
