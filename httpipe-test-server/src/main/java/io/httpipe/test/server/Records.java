package io.httpipe.test.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Keeps the requests and transcripts of a server. Thread-safe. */
final class Records {
    /** How many connections keep their transcripts for messages. */
    private static final int TRANSCRIPTS = 100;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition recorded = lock.newCondition();
    private final List<String> heads = new ArrayList<>();
    private final List<RecordedRequest> requests = new ArrayList<>();
    private final Deque<RecordedRequest> untaken = new ArrayDeque<>();
    private final Deque<Transcript> transcripts = new ArrayDeque<>();

    /** How many heads have arrived, including forgotten ones. */
    private int arrived;

    void add(Transcript transcript) {
        lock.lock();
        try {
            if (transcripts.size() == TRANSCRIPTS) {
                transcripts.removeFirst();
            }
            transcripts.add(transcript);
        } finally {
            lock.unlock();
        }
    }

    /** Adds a head. {@return its number, from 1} */
    int add(String head) {
        lock.lock();
        try {
            heads.add(head);
            arrived++;
            return arrived;
        } finally {
            lock.unlock();
        }
    }

    void add(RecordedRequest request) {
        lock.lock();
        try {
            requests.add(request);
            untaken.add(request);
            recorded.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** {@return the next request, or null if none comes in time} */
    @Nullable
    RecordedRequest take(long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (untaken.isEmpty() && left > 0) {
                left = recorded.awaitNanos(left);
            }
            return untaken.poll();
        } finally {
            lock.unlock();
        }
    }

    List<String> heads() {
        lock.lock();
        try {
            return List.copyOf(heads);
        } finally {
            lock.unlock();
        }
    }

    List<RecordedRequest> requests() {
        lock.lock();
        try {
            return List.copyOf(requests);
        } finally {
            lock.unlock();
        }
    }

    List<RecordedRequest> untaken() {
        lock.lock();
        try {
            return List.copyOf(untaken);
        } finally {
            lock.unlock();
        }
    }

    void forget() {
        lock.lock();
        try {
            heads.clear();
            requests.clear();
            untaken.clear();
            transcripts.removeIf(Transcript::hasEnded);
            transcripts.forEach(Transcript::clear);
        } finally {
            lock.unlock();
        }
    }

    String conversation() {
        List<Transcript> all;
        lock.lock();
        try {
            all = List.copyOf(transcripts);
        } finally {
            lock.unlock();
        }
        if (all.isEmpty()) {
            return "no client has connected\n";
        }
        StringBuilder text = new StringBuilder();
        all.forEach(text::append);
        return text.toString();
    }
}
