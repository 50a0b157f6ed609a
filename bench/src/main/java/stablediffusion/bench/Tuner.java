package stablediffusion.bench;

import stablediffusion.model.engine.Engine;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Looks for the best of a few ways to compute a kernel: each is measured on the kernel's most costly shapes.
 *
 * @param cases shapes to measure
 * @param protocol for each shape
 * @param log is told each result
 */
public record Tuner(List<KernelCase> cases, Protocol protocol, Consumer<String> log) {
    /** The roofline is not asked for here. */
    private static final Roofline NO_ROOFLINE = new Roofline(1, 1, "", "");

    /** @param seconds over all shapes, each as often as the networks run it; empty where one failed */
    private record Trial<T>(T way, Optional<Double> seconds) {}

    /** The best way and what it was chosen by. */
    public record Found<T>(T way, TuningReport.Entry entry) {}

    /** The most costly operations of a kind, by what the networks spend on each shape. */
    public static List<KernelCase> mostCostly(List<KernelCase> all, OperationKind kind, int count) {
        return all.stream()
                .filter(kernel -> kernel.kind() == kind)
                .sorted(Comparator.comparingLong((KernelCase kernel) -> kernel.count() * kernel.floatingPointOperations()).reversed())
                .limit(count)
                .toList();
    }

    /**
     * @param kernel for people
     * @param ways the usual one first, which stays where no other is faster
     * @param open an engine that computes in a way
     */
    public <T> Found<T> search(String kernel, List<T> ways, Function<T, Engine> open) {
        List<Trial<T>> trials = ways.stream().map(way -> trial(kernel, way, open)).toList();
        Trial<T> usual = trials.getFirst();
        double before = usual.seconds.orElse(Double.POSITIVE_INFINITY);
        Trial<T> best = trials.stream()
                .filter(trial -> trial.seconds.isPresent())
                .min(Comparator.comparing(trial -> trial.seconds.orElseThrow()))
                .orElse(usual);
        double after = best.seconds.orElse(before);
        return new Found<>(best.way, new TuningReport.Entry(kernel, usual.way.toString(), best.way.toString(), before, after));
    }

    private <T> Trial<T> trial(String kernel, T way, Function<T, Engine> open) {
        try (Engine engine = open.apply(way)) {
            List<KernelMeasurement> measured = new KernelBenchmark(engine, protocol).run(cases, NO_ROOFLINE, _ -> {});
            Optional<String> failure = measured.stream().flatMap(one -> one.failure().stream()).findFirst();
            double seconds = measured.stream().mapToDouble(one -> one.count() * one.timing().median()).sum();
            log.accept("%s, block %s: %s".formatted(kernel, way, failure.orElseGet(() -> Words.seconds(seconds))));
            return new Trial<>(way, failure.isPresent() ? Optional.empty() : Optional.of(seconds));
        }
    }
}
