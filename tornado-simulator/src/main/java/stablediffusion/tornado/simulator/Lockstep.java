package stablediffusion.tornado.simulator;

import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.IntConsumer;

/**
 * Runs the work-items of a group in turn, each until its next barrier or its end, so that every run has the same order. Work-items are
 * virtual threads, of which exactly one runs at a time and hands over to the next.
 */
final class Lockstep {

    /** Ends work-items after another one failed. */
    static final class Abandoned extends RuntimeException {

        private static final long serialVersionUID = 1;

        Abandoned() {
            super(null, null, false, false);
        }
    }

    private static final int NOBODY = -1;

    private final Thread[] threads;
    private final String[] waitsAt;
    private final CountDownLatch ended;
    /** Describes two work-items, by number, that wait at different barriers. */
    private final BiFunction<Integer, Integer, RuntimeException> divergence;
    private volatile int turn = NOBODY;
    private volatile RuntimeException failure;

    Lockstep(int items, BiFunction<Integer, Integer, RuntimeException> divergence) {
        threads = new Thread[items];
        waitsAt = new String[items];
        ended = new CountDownLatch(items);
        this.divergence = divergence;
    }

    /** Returns the location of the barrier at which a work-item waits; null when it has ended. */
    String waitsAt(int item) {
        return waitsAt[item];
    }

    void run(IntConsumer body) {
        for (int i = 0; i < threads.length; i++) {
            int item = i;
            threads[i] = Thread.ofVirtual().unstarted(() -> runItem(item, body));
        }
        turn = 0;
        for (Thread thread : threads) {
            thread.start();
        }
        try {
            ended.await();
        } catch (InterruptedException e) {
            abandon(new KernelError("interrupted"));
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Waits, called by a work-item, until all work-items of the group have reached the same barrier. */
    void await(int item, String barrier) {
        waitsAt[item] = barrier;
        handOver(item);
        waitForTurn(item);
    }

    private void runItem(int item, IntConsumer body) {
        try {
            waitForTurn(item);
            body.accept(item);
            waitsAt[item] = null;
            handOver(item);
        } catch (Abandoned e) {
            // The other work-item has reported the failure.
        } catch (RuntimeException e) {
            abandon(e);
        } catch (Error e) {
            abandon(new KernelError(e.toString(), e));
        } finally {
            ended.countDown();
        }
    }

    private void handOver(int item) {
        int next = item + 1;
        if (next == threads.length) {
            for (int i = 1; i < threads.length; i++) {
                if (!Objects.equals(waitsAt[i], waitsAt[0])) {
                    throw divergence.apply(0, i);
                }
            }
            if (waitsAt[0] == null) {
                return;
            }
            next = 0;
        }
        turn = next;
        LockSupport.unpark(threads[next]);
    }

    private void waitForTurn(int item) {
        while (turn != item) {
            if (failure != null) {
                throw new Abandoned();
            }
            LockSupport.park();
        }
        if (failure != null) {
            throw new Abandoned();
        }
    }

    private void abandon(RuntimeException reason) {
        failure = reason;
        turn = NOBODY;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }
}
