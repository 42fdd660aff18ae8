package io.httpipe.soak;

import io.httpipe.Deadline;
import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Makes calls of all kinds, one after another, and checks how each ends. In each round, a caller has a thread of its
 * own.
 */
final class Caller implements Runnable {
    /** One kind of call. */
    private interface Work {
        void run(Calls calls, AllowedErrors allowed) throws Exception;
    }

    /** The kinds of calls, each with its share of all calls. */
    private enum Mix {
        PLAIN(300, Calls::plain),
        STREAM(100, Calls::stream),
        PART(40, Calls::part),
        UPLOAD(150, Calls::upload),
        BROKEN_SOURCE(10, Calls::brokenSource),
        PIPE(60, Calls::pipe),
        EXCHANGE(60, Calls::exchange),
        FAN_OUT(20, Calls::fanOut),
        BAD(110, Calls::bad),
        RELAYED(60, Calls::relayed),
        EARLY(30, Calls::early),
        LATE(20, Calls::late),
        DEAF(3, Calls::deaf),
        NO_CONNECTION(10, Calls::noConnection),
        HURRIED(30, null),
        INTERRUPTED(40, null);

        private final int weight;
        private final Work work;

        Mix(int weight, Work work) {
            this.weight = weight;
            this.work = work;
        }

        static Mix pick(SplittableRandom random, int limit) {
            int left = 0;
            for (Mix candidate : values()) {
                left += candidate.ordinal() < limit ? candidate.weight : 0;
            }
            left = random.nextInt(left);
            for (Mix candidate : values()) {
                left -= candidate.weight;
                if (left < 0) {
                    return candidate;
                }
            }
            throw new AssertionError();
        }
    }

    private final Soak soak;
    private final int number;

    /** How many calls this caller has made; the next round continues from this number. */
    private long made;

    private volatile String activity = "nothing";

    Caller(Soak soak, int number) {
        this.soak = soak;
        this.number = number;
    }

    @Override
    public void run() {
        for (; soak.wants(made); made++) {
            SplittableRandom random = new SplittableRandom(GeneratedBytes.mix(soak.seed() + number) + made);
            Mix mix = Mix.pick(random, Mix.values().length);
            activity = "caller %d, call %d, %s".formatted(number, made, mix);
            try {
                make(mix, random);
            } catch (Throwable e) {
                soak.counters().fail(activity, e);
            }
        }
        activity = "nothing";
    }

    @Override
    public String toString() {
        return activity;
    }

    private void make(Mix mix, SplittableRandom random) throws Exception {
        switch (mix) {
            case HURRIED -> {
                Duration within = Duration.ofMillis(1 + random.nextInt(random.nextBoolean() ? 20 : 400));
                Mix inner = Mix.pick(random, Mix.LATE.ordinal());
                Deadline.within(within, () -> {
                    inner.work.run(new Calls(soak, random, "hurried"), new AllowedErrors(true, false));
                    return null;
                });
            }
            case INTERRUPTED -> interrupted(random);
            default -> mix.work.run(new Calls(soak, random, mix.name().toLowerCase(Locale.ROOT)), AllowedErrors.NONE);
        }
    }

    private void interrupted(SplittableRandom random) throws Exception {
        Mix inner = Mix.pick(random, Mix.LATE.ordinal());
        long micros = random.nextInt(random.nextBoolean() ? 3_000 : 200_000);
        Calls calls = new Calls(soak, random, "interrupted");
        String outer = activity;
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                inner.work.run(calls, new AllowedErrors(false, true));
            } catch (Throwable e) {
                soak.counters().fail(outer + " " + inner, e);
            }
        });
        ServerConnection.pause(micros);
        thread.interrupt();
        thread.join();
    }
}
