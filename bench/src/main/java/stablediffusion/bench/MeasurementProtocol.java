package stablediffusion.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Describes how often a measurement is repeated: warm-up runs that do not count, then measured runs within a time budget.
 *
 * @param warmUps number of runs that are not measured
 * @param minRuns minimum number of measured runs, even if they exceed the time budget
 * @param maxRuns maximum number of measured runs
 * @param seconds time budget; no further run begins after it
 */
public record MeasurementProtocol(int warmUps, int minRuns, int maxRuns, double seconds) {
    private static final double NANOSECONDS = 1e-9;

    public MeasurementProtocol {
        if (warmUps < 0 || minRuns < 1 || maxRuns < minRuns || !(seconds >= 0)) {
            throw new IllegalArgumentException("cannot measure " + minRuns + " to " + maxRuns + " times in " + seconds + " s");
        }
    }

    /** Returns the protocol for whole networks, of which one run may take seconds. */
    public static MeasurementProtocol forNetworks() {
        return new MeasurementProtocol(1, 3, 20, 5);
    }

    /** Returns the protocol for single operations. */
    public static MeasurementProtocol forKernels() {
        return new MeasurementProtocol(2, 5, 200, 0.5);
    }

    /** Measures an action with the host's clock. */
    public Timing time(Runnable run) {
        return Timing.of(runs(() -> seconds(run)).stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** Measures an action that reports its own time, such as that of a device clock. */
    public <T> Timing time(Supplier<T> run, ToDoubleFunction<T> seconds) {
        return Timing.of(runs(run).stream().mapToDouble(seconds).toArray());
    }

    /** Repeats an action and returns the results of the measured runs. */
    public <T> List<T> runs(Supplier<T> run) {
        for (int i = 0; i < warmUps; i++) {
            var _ = run.get();
        }
        List<T> results = new ArrayList<>();
        long start = System.nanoTime();
        while (results.size() < minRuns || results.size() < maxRuns && secondsSince(start) < seconds) {
            results.add(run.get());
        }
        return results;
    }

    static double seconds(Runnable run) {
        long start = System.nanoTime();
        run.run();
        return secondsSince(start);
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) * NANOSECONDS;
    }
}
