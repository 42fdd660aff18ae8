package io.httpipe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Iterates once over the elements of a source. After a failure, each call throws the same exception. For one thread.
 *
 * @param <T> the elements
 */
final class OnePass<T> implements Iterator<T> {
    private final Source<T> source;
    private @Nullable T next;
    private boolean taken;
    private boolean ended;
    private @Nullable RuntimeException failure;

    /** Returns one element after the other, and null at the end. */
    interface Source<T> {
        @Nullable
        T next() throws IOException;
    }

    OnePass(Source<T> source) {
        this.source = source;
    }

    /** Returns this iterator. A second call throws. */
    Iterator<T> iterator() {
        if (taken) {
            throw new IllegalStateException("a body can be read only once, so there is only one iterator");
        }
        taken = true;
        return this;
    }

    @Override
    public boolean hasNext() {
        if (failure != null) {
            throw failure;
        }
        if (next == null && !ended) {
            next = read();
            ended = next == null;
        }
        return next != null;
    }

    private @Nullable T read() {
        try {
            return source.next();
        } catch (IOException e) {
            failure = new UncheckedIOException(e);
            throw failure;
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        }
    }

    @Override
    public T next() {
        T element = hasNext() ? next : null;
        if (element == null) {
            throw new NoSuchElementException();
        }
        next = null;
        return element;
    }
}
