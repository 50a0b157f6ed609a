package stablediffusion.bench;

import stablediffusion.model.engine.Engine;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Searches the fastest of several block sizes of a kernel by measuring each on the kernel's most costly shapes.
 *
 * @param cases shapes to measure
 * @param protocol repetitions for each shape
 * @param log receives a line for each block size
 */
public record Tuner(List<KernelCase> cases, MeasurementProtocol protocol, Consumer<String> log) {
    /** Stands in for the roofline, which the search does not use. */
    private static final Roofline NO_ROOFLINE = new Roofline(1, 1, "", "");

    /**
     * Holds the measurement of one block size.
     *
     * @param seconds total time of all shapes, each as often as the networks run it; empty if one failed
     */
    private record Trial<T>(T blockSize, Optional<Double> seconds) {}

    /** Holds the fastest block size and its line in the report. */
    public record Result<T>(T best, TuningReport.Entry entry) {}

    /** Returns the operations of a kind on which the networks spend the most floating-point operations. */
    public static List<KernelCase> mostCostly(List<KernelCase> all, OperationKind kind, int count) {
        return all.stream()
                .filter(kernel -> kernel.kind() == kind)
                .sorted(Comparator.comparingLong((KernelCase kernel) -> kernel.count() * kernel.floatingPointOperations()).reversed())
                .limit(count)
                .toList();
    }

    /**
     * Measures every block size and returns the fastest.
     *
     * @param kernel name of the kernel in the report
     * @param blockSizes candidates; the first is the default, which is kept unless another one is faster
     * @param open opens an engine that computes with the given block size
     */
    public <T> Result<T> search(String kernel, List<T> blockSizes, Function<T, Engine> open) {
        List<Trial<T>> trials = blockSizes.stream().map(blockSize -> trial(kernel, blockSize, open)).toList();
        Trial<T> usual = trials.getFirst();
        double before = usual.seconds.orElse(Double.POSITIVE_INFINITY);
        Trial<T> best = trials.stream()
                .filter(trial -> trial.seconds.isPresent())
                .min(Comparator.comparing(trial -> trial.seconds.orElseThrow()))
                .orElse(usual);
        double after = best.seconds.orElse(before);
        return new Result<>(
                best.blockSize, new TuningReport.Entry(kernel, usual.blockSize.toString(), best.blockSize.toString(), before, after));
    }

    private <T> Trial<T> trial(String kernel, T blockSize, Function<T, Engine> open) {
        try (Engine engine = open.apply(blockSize)) {
            List<KernelMeasurement> measured = new KernelBenchmark(engine, protocol).run(cases, NO_ROOFLINE, _ -> {});
            Optional<String> failure = measured.stream().flatMap(one -> one.failure().stream()).findFirst();
            double seconds = measured.stream().mapToDouble(one -> one.count() * one.timing().median()).sum();
            log.accept("%s, block size %s: %s".formatted(kernel, blockSize, failure.orElseGet(() -> Format.seconds(seconds))));
            return new Trial<>(blockSize, failure.isPresent() ? Optional.empty() : Optional.of(seconds));
        }
    }
}
