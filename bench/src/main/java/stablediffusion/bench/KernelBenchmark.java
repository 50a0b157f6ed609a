package stablediffusion.bench;

import stablediffusion.model.UserException;
import stablediffusion.model.engine.Clocked;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.weights.Weights;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Measures single operations. Each is compiled as a graph of its own, so that every engine is measured the same way.
 */
public final class KernelBenchmark {
    private static final long SEED = 1;
    private static final int GEMM = 2048;
    private static final Shape COPIED = new Shape(1, 64, 64, 2048);
    private static final double NANOSECONDS = 1e-9;

    private final Engine engine;
    private final MeasurementProtocol protocol;
    private final Weights weights = new RandomWeights(SEED);

    /** Measures on an open engine, which the caller closes. */
    public KernelBenchmark(Engine engine, MeasurementProtocol protocol) {
        this.engine = engine;
        this.protocol = protocol;
    }

    /** Holds the times of one operation: alone, outside of it, and for compiling. */
    private record Times(Timing alone, double outside, double compile) {}

    private record Run(double alone, double whole) {}

    /** Measures the roofline of the device, which takes about a second. */
    public Roofline roofline() {
        GraphBuilder gemm = new GraphBuilder("compute probe");
        KernelCase product = single(gemm.build(gemm.linearWithoutBias(gemm.input("x", Shape.sequence(1, GEMM, GEMM)), "gemm", GEMM)));
        GraphBuilder copy = new GraphBuilder("bandwidth probe");
        Value left = copy.input("left", COPIED);
        KernelCase concat = single(copy.build(copy.concat(left, copy.input("right", COPIED))));
        return new Roofline(
                1e-9 * product.floatingPointOperations() / time(product).alone.fastest(),
                1e-9 * bytes(concat) / time(concat).alone.fastest(),
                "a matrix product of " + GEMM + "x" + GEMM + "x" + GEMM,
                "copying " + bytes(concat) / 2_000_000 + " MB");
    }

    private static KernelCase single(Graph graph) {
        return KernelCase.of(List.of(graph)).getFirst();
    }

    /** Measures operations without a limit of time. */
    public List<KernelMeasurement> run(List<KernelCase> kernels, Roofline roofline, Consumer<String> log) {
        return run(kernels, roofline, Double.POSITIVE_INFINITY, log);
    }

    /**
     * Measures operations one after another; one that fails is reported as failed.
     *
     * @param roofline roofline to compare with
     * @param seconds no further operation begins after so many seconds; those that cost a model most are measured first
     * @param log receives a line for each operation
     * @return the measured operations, in the given order
     */
    public List<KernelMeasurement> run(List<KernelCase> kernels, Roofline roofline, double seconds, Consumer<String> log) {
        Map<KernelCase, KernelMeasurement> measurements = new HashMap<>();
        long start = System.nanoTime();
        for (KernelCase kernel : costliestFirst(kernels, roofline)) {
            if ((System.nanoTime() - start) * NANOSECONDS >= seconds) {
                break;
            }
            log.accept(kernel.name() + " …");
            measurements.put(kernel, measure(kernel, roofline));
        }
        return kernels.stream().filter(measurements::containsKey).map(measurements::get).toList();
    }

    private List<KernelCase> costliestFirst(List<KernelCase> kernels, Roofline roofline) {
        ToDoubleFunction<KernelCase> least = kernel -> kernel.count() * roofline.share(kernel.floatingPointOperations(), bytes(kernel), 1);
        return kernels.stream().sorted(Comparator.comparingDouble(least).reversed()).toList();
    }

    private KernelMeasurement measure(KernelCase kernel, Roofline roofline) {
        try {
            Times times = time(kernel);
            double seconds = times.alone.median();
            long operations = kernel.floatingPointOperations();
            return new KernelMeasurement(
                    kernel.kind(),
                    kernel.shape(),
                    kernel.count(),
                    times.alone,
                    times.compile,
                    times.outside,
                    operations,
                    bytes(kernel),
                    1e-9 * operations / seconds,
                    1e-9 * bytes(kernel) / seconds,
                    roofline.share(operations, bytes(kernel), seconds),
                    Optional.empty());
        } catch (UserException failure) {
            return KernelMeasurement.failed(kernel, failure.getMessage());
        }
    }

    private long bytes(KernelCase kernel) {
        return kernel.bytes(engine.precision(), engine.activations());
    }

    private Times time(KernelCase kernel) {
        Graph graph = kernel.graph();
        Map<String, Tensor> inputs = RandomInputs.of(graph, SEED);
        long start = System.nanoTime();
        try (Executable executable = engine.compile(graph, weights)) {
            double compile = (System.nanoTime() - start) * NANOSECONDS;
            List<Run> runs = protocol.runs(() -> run(executable, inputs));
            Timing alone = Timing.of(runs.stream().mapToDouble(Run::alone).toArray());
            Timing outside = Timing.of(runs.stream().mapToDouble(run -> run.whole - run.alone).toArray());
            return new Times(alone, outside.median(), compile);
        }
    }

    private static Run run(Executable executable, Map<String, Tensor> inputs) {
        long start = System.nanoTime();
        if (executable instanceof Clocked clocked) {
            long computing = clocked.computing(inputs);
            double whole = (System.nanoTime() - start) * NANOSECONDS;
            return new Run(NANOSECONDS * computing, whole);
        }
        executable.run(inputs);
        double whole = (System.nanoTime() - start) * NANOSECONDS;
        return new Run(whole, whole);
    }
}
