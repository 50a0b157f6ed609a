package stablediffusion.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * How often something is measured: warm-ups that do not count, then runs until the time is used up.
 *
 * @param warmUps runs before those that count
 * @param fewest runs that count, however long they take
 * @param most runs that count, however short they are
 * @param seconds after which no further run begins
 */
public record MeasurementProtocol(int warmUps, int fewest, int most, double seconds) {
    private static final double NANOSECONDS = 1e-9;

    public MeasurementProtocol {
        if (warmUps < 0 || fewest < 1 || most < fewest || !(seconds >= 0)) {
            throw new IllegalArgumentException("cannot measure " + fewest + " to " + most + " times in " + seconds + " s");
        }
    }

    /** Networks, of which one run may take seconds. */
    public static MeasurementProtocol forNetworks() {
        return new MeasurementProtocol(1, 3, 20, 5);
    }

    /** Single operations. */
    public static MeasurementProtocol forKernels() {
        return new MeasurementProtocol(2, 5, 200, 0.5);
    }

    /** By the host's clock. */
    public Timing time(Runnable run) {
        return Timing.of(runs(() -> seconds(run)).stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** By a clock of the run's own. */
    public <T> Timing time(Supplier<T> run, ToDoubleFunction<T> seconds) {
        return Timing.of(runs(run).stream().mapToDouble(seconds).toArray());
    }

    /** What each run that counts gave. */
    public <T> List<T> runs(Supplier<T> run) {
        for (int i = 0; i < warmUps; i++) {
            run.get();
        }
        List<T> results = new ArrayList<>();
        long start = System.nanoTime();
        while (results.size() < fewest || results.size() < most && since(start) < seconds) {
            results.add(run.get());
        }
        return results;
    }

    static double seconds(Runnable run) {
        long start = System.nanoTime();
        run.run();
        return since(start);
    }

    private static double since(long start) {
        return (System.nanoTime() - start) * NANOSECONDS;
    }
}
