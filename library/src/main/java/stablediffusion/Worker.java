package stablediffusion;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Runs tasks one after another, in the order of their arrival, on a thread of its own. Engines keep threads, command queues and native
 * memory for each thread that calls them, so all calls to an engine come from one.
 */
final class Worker {
    private final ExecutorService executor = Executors.newSingleThreadExecutor(this::newThread);
    private volatile Thread thread;
    private volatile boolean closed;

    /** Computes a result; asks from time to time whether it shall stop, and then throws a {@link CancellationException}. */
    interface Task<T> {
        T run(BooleanSupplier cancelled);
    }

    private Thread newThread(Runnable target) {
        thread = Thread.ofPlatform().daemon().name("stable-diffusion").unstarted(target);
        return thread;
    }

    /**
     * Waits for the task's turn and its result. An interrupt of the waiting thread cancels the task.
     *
     * @throws IllegalStateException if the worker is closed, or was closed before the task's turn
     * @throws CancellationException if the worker was closed or the calling thread interrupted while the task ran
     */
    <T> T call(Task<T> task) {
        Call<T> call = new Call<>(task);
        Future<T> result;
        try {
            result = executor.submit(call);
        } catch (RejectedExecutionException rejected) {
            throw closed();
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException interrupt) {
                    interrupted = true;
                    call.cancelled = true;
                }
            }
        } catch (ExecutionException failure) {
            switch (failure.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw new IllegalStateException(failure.getCause());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IllegalStateException closed() {
        return new IllegalStateException("this StableDiffusion is closed");
    }

    private final class Call<T> implements Callable<T> {
        private final Task<T> task;
        private volatile boolean cancelled;

        Call(Task<T> task) {
            this.task = task;
        }

        @Override
        public T call() {
            if (closed) {
                throw closed();
            }
            if (cancelled) {
                throw new CancellationException();
            }
            return task.run(() -> cancelled || closed);
        }
    }

    /**
     * Cancels the task that runs, fails those that wait, and runs a last one. Returns when that has ended, or at once if it is called by a task.
     * A second call only waits.
     */
    void close(Runnable last) {
        synchronized (executor) {
            if (!closed) {
                closed = true;
                var _ = executor.submit(last);
                executor.shutdown();
            }
        }
        if (Thread.currentThread() == thread) {
            return;
        }
        boolean interrupted = false;
        while (!executor.isTerminated()) {
            try {
                executor.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            } catch (InterruptedException interrupt) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
