package io.httpipe.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Records the messages of the logger {@code io.httpipe} until it is closed. */
public final class LogListener extends Handler implements AutoCloseable {
    private final Logger logger = Logger.getLogger("io.httpipe");
    private final BlockingQueue<LogRecord> records = new LinkedBlockingQueue<>();

    public LogListener() {
        logger.addHandler(this);
        logger.setUseParentHandlers(false);
    }

    @Override
    public void publish(LogRecord record) {
        records.add(record);
    }

    /** {@return the next message} Waits up to 20 seconds for it. */
    public String await() throws InterruptedException {
        LogRecord record = records.poll(20, TimeUnit.SECONDS);
        if (record == null) {
            throw new AssertionError("nothing has been logged");
        }
        return record.getMessage();
    }

    /** {@return the next record} Runs the garbage collector until it arrives, for leak reports. */
    public LogRecord awaitAfterGc() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        LogRecord record = null;
        while (record == null && System.nanoTime() < end) {
            System.gc();
            record = records.poll(20, TimeUnit.MILLISECONDS);
        }
        if (record == null) {
            throw new AssertionError("no leak has been logged");
        }
        return record;
    }

    /** {@return the remaining messages} */
    public List<String> rest() {
        List<LogRecord> rest = new ArrayList<>();
        records.drainTo(rest);
        return rest.stream().map(LogRecord::getMessage).toList();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
    }
}
