package io.httpipe.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Listens to what the client says in the log of {@code io.httpipe} until it is closed. */
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

    /** The next message, once it is there. */
    public String await() throws InterruptedException {
        LogRecord record = records.poll(20, TimeUnit.SECONDS);
        if (record == null) {
            throw new AssertionError("nothing has been logged");
        }
        return record.getMessage();
    }

    /** The messages that have come since. */
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
