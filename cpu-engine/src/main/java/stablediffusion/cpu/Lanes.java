package stablediffusion.cpu;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Runs independent parts of a computation in several threads at once. Each has oneDNN compute in that thread alone: parts that need not wait for each
 * other after every product are faster than products that all threads share.
 */
final class Lanes implements AutoCloseable {
    private final int count;
    private final ForkJoinPool pool;

    /** @param count the number of threads */
    Lanes(int count) {
        this.count = count;
        pool = new ForkJoinPool(count);
    }

    /** A part of a computation. */
    @FunctionalInterface
    interface Body {
        /**
         * @param lane the number of the lane, from 0: parts that have one in common run one after the other
         * @param part the number of the part
         */
        void run(int lane, int part);
    }

    int count() {
        return count;
    }

    /** Runs parts {@code 0} to {@code parts - 1}, each in the lane that is free first, and returns when all are done. */
    void run(int parts, Body body) {
        AtomicInteger next = new AtomicInteger();
        pool.submit(() -> IntStream.range(0, count).parallel().forEach(lane -> {
            try (OpenMp.Limit _ = OpenMp.limit(1)) {
                for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
                    body.run(lane, part);
                }
            }
        })).join();
    }

    @Override
    public void close() {
        pool.close();
    }
}
