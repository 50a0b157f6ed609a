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
 * Runs independent steps on all processors, started in order.
 */
final class Parallel {
    /** Maximum number of threads: with more the disk is the limit, and each keeps a buffer of the size of a tensor. */
    private static final int MAX_WORKERS = 8;

    /** Runs steps one after another on one thread, so it may keep buffers. */
    interface Worker {
        void step(int index) throws IOException;
    }

    private Parallel() {}

    static int workers() {
        return Math.min(MAX_WORKERS, Runtime.getRuntime().availableProcessors());
    }

    /**
     * Runs all steps. Returns when all are done, or when one has failed and the others have stopped.
     *
     * @param worker creates a worker for each thread
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

    /** Produces one item; may run in parallel with others. */
    interface Producer<T> {
        T produce(int index) throws IOException;
    }

    /** Consumes an item on the calling thread. */
    interface Consumer<T> {
        void consume(T item) throws IOException;
    }

    /**
     * Produces items on all processors and consumes them in order. At most as many items are kept as there are threads.
     */
    static <T> void inOrder(int count, Producer<T> producer, Consumer<T> consumer) throws IOException {
        Deque<Future<T>> pending = new ArrayDeque<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(workers())) {
            try {
                for (int index = 0; index < count || !pending.isEmpty(); index++) {
                    if (index < count) {
                        int next = index;
                        pending.add(threads.submit(() -> producer.produce(next)));
                    }
                    if (pending.size() > workers() || index >= count) {
                        consumer.consume(pending.remove().get());
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
