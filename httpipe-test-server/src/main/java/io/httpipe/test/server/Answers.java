package io.httpipe.test.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Chooses the responder of a request: a route, else the queue, else the function. Thread-safe. */
final class Answers {
    private static final String ANY = "*";

    /** A method, and a path or the start of a path. */
    private record Route(String method, String path, Responder responder) {
        boolean matches(RecordedRequest request) {
            return (method.equals(ANY) || method.equals(request.method()))
                    && (isPrefix() ? request.target().startsWith(start()) : exact(request));
        }

        private boolean exact(RecordedRequest request) {
            return path.equals(path.indexOf('?') < 0 ? request.path() : request.target());
        }

        boolean isPrefix() {
            return path.endsWith(ANY);
        }

        String start() {
            return isPrefix() ? path.substring(0, path.length() - 1) : path;
        }

        /** {@return whether this route wins over another one that matches too} */
        boolean beats(Route other) {
            if (isPrefix() != other.isPrefix()) {
                return !isPrefix();
            }
            int longer = start().length() - other.start().length();
            return longer > 0 || longer == 0 && !method.equals(ANY);
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Route> routes = new ArrayList<>();
    private final Deque<Answer> queue = new ArrayDeque<>();
    private @Nullable Responder function;

    void route(String method, String path, Responder responder) {
        if (!method.equals(ANY) && !Header.isToken(method)) {
            throw new IllegalArgumentException("not a method: \"" + Text.quote(method) + "\"; \"*\" means all methods");
        }
        if (!path.startsWith("/") && !path.equals(ANY) && path.indexOf("://") < 0) {
            throw new IllegalArgumentException(
                    "a path begins with \"/\", or is \"*\" for all: \"" + Text.quote(path) + "\"");
        }
        lock.lock();
        try {
            routes.removeIf(route -> route.method.equals(method) && route.path.equals(path));
            routes.add(new Route(method, path, responder));
        } finally {
            lock.unlock();
        }
    }

    void enqueue(List<Answer> answers) {
        answers.forEach(Answers::check);
        lock.lock();
        try {
            queue.addAll(answers);
        } finally {
            lock.unlock();
        }
    }

    void function(Responder responder) {
        lock.lock();
        try {
            function = responder;
        } finally {
            lock.unlock();
        }
    }

    /** {@return the answers that were in the queue, which is empty now} */
    List<Answer> drain() {
        lock.lock();
        try {
            List<Answer> left = List.copyOf(queue);
            queue.clear();
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** {@return the responder for this request} */
    Responder find(RecordedRequest request) {
        lock.lock();
        try {
            Route best = null;
            for (Route route : routes) {
                if (route.matches(request) && (best == null || route.beats(best))) {
                    best = route;
                }
            }
            if (best != null) {
                return best.responder instanceof InTurn turns ? turns.next() : best.responder;
            }
            Answer next = queue.poll();
            if (next != null) {
                return fixed(next);
            }
            if (function != null) {
                return function;
            }
            throw new AssertionError("nothing answers " + request + ": "
                    + (routes.isEmpty() ? "there are no routes" : "the routes are " + routes)
                    + ", the queue is empty, and there is no function");
        } finally {
            lock.unlock();
        }
    }

    /** {@return a responder that returns these answers in turn and repeats the last one} */
    static Responder inTurn(Answer... answers) {
        if (answers.length == 0) {
            throw new IllegalArgumentException("at least one answer is needed");
        }
        List<Responder> all = new ArrayList<>();
        for (Answer answer : answers) {
            check(answer);
            all.add(fixed(answer));
        }
        return all.size() == 1 ? all.getFirst() : new InTurn(all);
    }

    /** Answers in turn. {@link #find} takes the next one for each request. The last one is repeated. */
    private static final class InTurn implements Responder {
        private final List<Responder> all;
        private final AtomicInteger taken = new AtomicInteger();

        InTurn(List<Responder> all) {
            this.all = List.copyOf(all);
        }

        Responder next() {
            int last = all.size() - 1;
            return all.get(taken.getAndUpdate(index -> Math.min(index + 1, last)));
        }

        @Override
        public Answer answer(RecordedRequest request) throws Exception {
            return next().answer(request);
        }
    }

    private static Responder fixed(Answer answer) {
        return new Responder() {
            @Override
            public Answer answer(RecordedRequest request) {
                return answer;
            }

            @Override
            public @Nullable Answer answerEarly(RecordedRequest head) {
                return answer.earlyAfter < 0 ? null : answer;
            }
        };
    }

    /** Throws if the answer cannot be sent. It is checked for a GET, because its effects may be within the body. */
    private static void check(Answer answer) {
        Encoded.of(answer, "GET");
    }
}
