package io.httpipe.soak;

import io.httpipe.Deadline;
import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * One of the callers: it makes calls of all kinds, one after another, and judges how each ends. A thread runs it in each
 * round.
 */
final class Caller implements Runnable {
    /** Something that a caller does; each names itself when it ends. */
    private interface Work {
        void run(Calls calls, Terms terms) throws Exception;
    }

    /** How often each is done, of all together. */
    private enum Mix {
        PLAIN(300, Calls::plain),
        STREAM(100, Calls::stream),
        PART(40, Calls::part),
        UPLOAD(150, Calls::upload),
        BROKEN_SOURCE(10, Calls::brokenSource),
        PIPE(60, Calls::pipe),
        EXCHANGE(60, Calls::exchange),
        FAN_OUT(20, Calls::fanOut),
        BAD(130, Calls::bad),
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

        static Mix pick(SplittableRandom random, int below) {
            int left = 0;
            for (Mix one : values()) {
                left += one.ordinal() < below ? one.weight : 0;
            }
            left = random.nextInt(left);
            for (Mix one : values()) {
                left -= one.weight;
                if (left < 0) {
                    return one;
                }
            }
            throw new AssertionError();
        }
    }

    private final Soak soak;
    private final int number;

    /** How many calls it has made; it goes on from there in the next round. */
    private long made;

    private volatile String doing = "nothing";

    Caller(Soak soak, int number) {
        this.soak = soak;
        this.number = number;
    }

    @Override
    public void run() {
        for (; soak.wants(made); made++) {
            SplittableRandom random = new SplittableRandom(Content.mix(soak.seed() + number) + made);
            Mix mix = Mix.pick(random, Mix.values().length);
            doing = "caller %d, call %d, %s".formatted(number, made, mix);
            try {
                make(mix, random);
            } catch (Throwable e) {
                soak.tally().fail(doing, e);
            }
        }
        doing = "nothing";
    }

    @Override
    public String toString() {
        return doing;
    }

    private void make(Mix mix, SplittableRandom random) throws Exception {
        switch (mix) {
            case HURRIED -> {
                Duration within = Duration.ofMillis(1 + random.nextInt(random.nextBoolean() ? 20 : 400));
                Mix inner = Mix.pick(random, Mix.LATE.ordinal());
                Deadline.within(within, () -> {
                    inner.work.run(new Calls(soak, random, "hurried"), new Terms(true, false));
                    return null;
                });
            }
            case INTERRUPTED -> interrupted(random);
            default -> mix.work.run(new Calls(soak, random, mix.name().toLowerCase(Locale.ROOT)), Terms.NONE);
        }
    }

    private void interrupted(SplittableRandom random) throws Exception {
        Mix inner = Mix.pick(random, Mix.LATE.ordinal());
        long micros = random.nextInt(random.nextBoolean() ? 3_000 : 200_000);
        Calls calls = new Calls(soak, random, "interrupted");
        String outer = doing;
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                inner.work.run(calls, new Terms(false, true));
            } catch (Throwable e) {
                soak.tally().fail(outer + " " + inner, e);
            }
        });
        Peer.pause(micros);
        thread.interrupt();
        thread.join();
    }
}
