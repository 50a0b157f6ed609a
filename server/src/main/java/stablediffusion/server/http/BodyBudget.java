package stablediffusion.server.http;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;

/** Bounds the memory of bodies: of one request, and of all that are being answered. One for each request; all share the semaphore. */
final class BodyBudget implements AutoCloseable {
    private static final int UNIT = 1024;

    private final Semaphore all;
    private final int largest;
    private int taken;

    private BodyBudget(Semaphore all, int largest) {
        this.all = all;
        this.largest = largest;
    }

    /** Returns the semaphore that requests share. */
    static Semaphore shared(long bytes) {
        return new Semaphore(Math.toIntExact(bytes / UNIT));
    }

    static BodyBudget of(Semaphore all, int largest) {
        return new BodyBudget(all, largest);
    }

    int largest() {
        return largest;
    }

    /**
     * Takes memory for a body.
     *
     * @param length empty: as large as it may be
     * @throws HttpFailure if it is too large, or too much is taken now
     */
    void take(OptionalLong length) {
        long bytes = length.orElse(largest);
        if (bytes > largest) {
            throw tooLarge();
        }
        int units = (int) (bytes / UNIT) + 1;
        if (!all.tryAcquire(units)) {
            throw HttpFailure.later("too many large requests are being answered", Duration.ofSeconds(2));
        }
        taken += units;
    }

    HttpFailure tooLarge() {
        return new HttpFailure(HttpFailure.TOO_LARGE, "the body has more than " + largest + " bytes");
    }

    /** Gives back what was taken. */
    @Override
    public void close() {
        all.release(taken);
        taken = 0;
    }
}
