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

    /** Number of work-items of a warp. */
    static final int WARP = 32;
    private static final int NOBODY = -1;

    private final Thread[] threads;
    private final String[] waitsAt;
    /** True for a work-item that waits for its warp only. */
    private final boolean[] inWarp;
    private final int[] warpCalls;
    private final CountDownLatch ended;
    /** Describes two work-items, by number, that wait at different barriers. */
    private final BiFunction<Integer, Integer, RuntimeException> divergence;
    private volatile int turn = NOBODY;
    private volatile RuntimeException failure;

    Lockstep(int items, BiFunction<Integer, Integer, RuntimeException> divergence) {
        threads = new Thread[items];
        waitsAt = new String[items];
        inWarp = new boolean[items];
        warpCalls = new int[items];
        ended = new CountDownLatch(items);
        this.divergence = divergence;
    }

    /** Returns the location of the barrier at which a work-item waits; null when it has ended. */
    String waitsAt(int item) {
        return waitsAt[item];
    }

    /** Returns true if a work-item waits for its warp only. */
    boolean inWarp(int item) {
        return inWarp[item];
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

    /**
     * Waits, called by a work-item, until all work-items of its warp have reached the same call.
     *
     * @param calls a hash of all calls of the work-item, in which the warp has to agree
     */
    void awaitWarp(int item, String call, int calls) {
        inWarp[item] = true;
        warpCalls[item] = calls;
        await(item, call);
        inWarp[item] = false;
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
        if ((next % WARP == 0 || next == threads.length) && warpWaits(next - WARP, next)) {
            next -= WARP;
        } else if (next == threads.length) {
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

    /** Returns true if a warp's work-items wait for each other, false if none does. */
    private boolean warpWaits(int from, int to) {
        boolean waits = false;
        for (int i = Math.max(from, 0); i < to; i++) {
            waits |= inWarp[i];
        }
        for (int i = from + 1; waits && i < to; i++) {
            if (!Objects.equals(waitsAt[i], waitsAt[from]) || warpCalls[i] != warpCalls[from]) {
                throw divergence.apply(from, i);
            }
        }
        return waits;
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
