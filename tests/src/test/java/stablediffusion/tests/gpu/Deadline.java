package stablediffusion.tests.gpu;

/** Holds a moment until which something has to be done. */
final class Deadline {
    private static final double NANOSECONDS = 1e-9;

    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    /** Returns the moment that is so many seconds from now. */
    static Deadline in(double seconds) {
        return new Deadline(System.nanoTime() + (long) (seconds / NANOSECONDS));
    }

    /** Returns the seconds that are left, negative if it is over. */
    double left() {
        return (end - System.nanoTime()) * NANOSECONDS;
    }
}
