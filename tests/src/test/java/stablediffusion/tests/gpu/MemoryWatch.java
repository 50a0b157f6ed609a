package stablediffusion.tests.gpu;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Watches how much of the GPUs' memory is in use, from another thread. */
final class MemoryWatch implements AutoCloseable {
    private static final long INTERVAL = 500;

    private final Optional<Long> before;
    private final AtomicLong most = new AtomicLong();
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::watch);

    private MemoryWatch(Optional<Long> before) {
        this.before = before;
    }

    /** Starts to watch, if the driver's tool is there. */
    static MemoryWatch start() {
        MemoryWatch watch = new MemoryWatch(NvidiaSmi.usedMemory());
        if (watch.before.isPresent()) {
            watch.thread.start();
        }
        return watch;
    }

    /** Returns a watch that sees nothing. */
    static MemoryWatch none() {
        return new MemoryWatch(Optional.empty());
    }

    /** Returns the most memory that was in use, in MiB, above what was in use before. */
    Optional<Long> most() {
        return before.map(start -> most.get() - start);
    }

    private void watch() {
        try {
            while (true) {
                NvidiaSmi.usedMemory().ifPresent(used -> most.accumulateAndGet(used, Math::max));
                Thread.sleep(INTERVAL);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
