package stablediffusion.weights;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Does independent steps on all processors, begun in order.
 */
final class Parallel {
    /** More are of no use: the disk is the limit then, and each keeps a buffer of the size of a tensor. */
    private static final int MOST_WORKERS = 8;

    /** Does one step after another on one thread, so it may keep buffers. */
    interface Worker {
        void step(int index) throws IOException;
    }

    private Parallel() {}

    static int workers() {
        return Math.min(MOST_WORKERS, Runtime.getRuntime().availableProcessors());
    }

    /**
     * Returns when all steps are done or one has failed and the others have stopped.
     *
     * @param worker makes one for each thread
     */
    static void run(int steps, Supplier<Worker> worker) throws IOException {
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService threads = Executors.newFixedThreadPool(workers())) {
            Callable<Void> loop = () -> {
                Worker own = worker.get();
                try {
                    for (int index = next.getAndIncrement(); index < steps; index = next.getAndIncrement()) {
                        own.step(index);
                    }
                } catch (Throwable failure) {
                    next.set(steps);
                    throw failure;
                }
                return null;
            };
            for (Future<Void> done : Stream.generate(() -> threads.submit(loop)).limit(workers()).toList()) {
                done.get();
            }
        } catch (ExecutionException failure) {
            rethrow(failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    /** Makes one thing; may run beside others. */
    interface Making<T> {
        T make(int index) throws IOException;
    }

    /** Uses what was made, on the calling thread. */
    interface Using<T> {
        void use(T made) throws IOException;
    }

    /**
     * Makes things on all processors and uses them in order. Not more are kept than there are workers.
     */
    static <T> void inOrder(int count, Making<T> making, Using<T> using) throws IOException {
        Deque<Future<T>> underWay = new ArrayDeque<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(workers())) {
            try {
                for (int index = 0; index < count || !underWay.isEmpty(); index++) {
                    if (index < count) {
                        int next = index;
                        underWay.add(threads.submit(() -> making.make(next)));
                    }
                    if (underWay.size() > workers() || index >= count) {
                        using.use(underWay.remove().get());
                    }
                }
            } finally {
                threads.shutdownNow();
            }
        } catch (ExecutionException failure) {
            rethrow(failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private static void rethrow(Throwable failure) throws IOException {
        switch (failure) {
            case IOException cause -> throw cause;
            case RuntimeException cause -> throw cause;
            case Error cause -> throw cause;
            case Throwable cause -> throw new IllegalStateException(cause);
        }
    }
}
