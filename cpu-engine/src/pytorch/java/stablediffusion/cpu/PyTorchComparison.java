package stablediffusion.cpu;

import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Precision;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;
import stablediffusion.model.weights.Weights;

import com.sun.management.OperatingSystemMXBean;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The CPU engine beside PyTorch: the same network, weights and inputs, in turns, so that both meet the same machine. Prints medians
 * and their ratios, and checks that the two agree.
 */
class PyTorchComparison {
    private static final int ROUNDS = 3;

    private final Weights weights = new GeneratedWeights();

    @BeforeAll
    static void stayOffline() {
        System.setProperty("ai.djl.offline", "true");
    }

    @Test
    void clip() {
        Graph graph = ClipTextEncoder.graph(Configuration.v1().text(), 2);
        compare(graph, 1e-4, 4e-2);
    }

    @Test
    void unet() {
        compare(Unet.graph(Configuration.v1().unet(), 2, 64, 64, 77), 1e-4, 4e-2);
    }

    @Test
    void vaeDecoder() {
        compare(Vae.decoder(Configuration.v1().vae(), 1, 64, 64), 1e-4, 4e-2);
    }

    private void compare(Graph graph, double f32Tolerance, double bf16Tolerance) {
        Map<String, Tensor> inputs = inputs(graph);
        Map<Precision, Double> tolerances = new EnumMap<>(Map.of(Precision.F32, f32Tolerance));
        if (new OneDnn().multipliesBfloat16()) {
            tolerances.put(Precision.BF16, bf16Tolerance);
        }
        Map<Precision, Executable> engines = new EnumMap<>(Precision.class);
        try (PyTorchNetwork pyTorch = new PyTorchNetwork(graph, weights)) {
            tolerances.keySet().forEach(precision -> engines.put(precision, new CpuEngine(new OneDnn(), precision).compile(graph, weights)));
            float[] expected = pyTorch.run(inputs);
            Map<Precision, Double> errors = new EnumMap<>(Precision.class);
            engines.forEach((precision, engine) -> errors.put(precision, error(expected, engine.run(inputs).values())));

            List<Time> theirs = new ArrayList<>();
            Map<Precision, List<Time>> ours = new EnumMap<>(Precision.class);
            for (int round = 0; round < ROUNDS; round++) {
                theirs.add(Time.of(() -> pyTorch.run(inputs)));
                engines.forEach((precision, engine) ->
                        ours.computeIfAbsent(precision, _ -> new ArrayList<>()).add(Time.of(() -> engine.run(inputs))));
            }
            System.out.printf("%n%-34s %s%n", graph.name() + ", PyTorch f32", Time.median(theirs));
            engines.forEach((precision, engine) -> {
                Time median = Time.median(ours.get(precision));
                System.out.printf(
                        "%-34s %s: %.2f times PyTorch's speed by the clock, %.2f by processor time; %.0f GFLOP/s; largest difference %.1e%n",
                        graph.name() + ", CPU engine " + precision.name().toLowerCase(Locale.ROOT),
                        median,
                        Time.median(theirs).clock / median.clock,
                        Time.median(theirs).processor / median.processor,
                        2e-9 * graph.multiplyAdds() / median.clock,
                        errors.get(precision));
                printProfile(((Profiled) engine).profile(inputs));
            });
            tolerances.forEach((precision, tolerance) -> assertTrue(
                    errors.get(precision) <= tolerance, graph.name() + " in " + precision + " differs from PyTorch by " + errors.get(precision)));
        } finally {
            engines.values().forEach(Executable::close);
        }
    }

    /**
     * Seconds.
     *
     * @param processor of all threads, over their number: on a machine that others use too it says more than the clock
     */
    private record Time(double clock, double processor) {
        private static final OperatingSystemMXBean MACHINE = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

        static Time of(Runnable run) {
            long start = System.nanoTime();
            long processor = MACHINE.getProcessCpuTime();
            run.run();
            return new Time(
                    (System.nanoTime() - start) * 1e-9,
                    (MACHINE.getProcessCpuTime() - processor) * 1e-9 / MACHINE.getAvailableProcessors());
        }

        static Time median(List<Time> times) {
            return new Time(median(times, Time::clock), median(times, Time::processor));
        }

        private static double median(List<Time> times, ToDoubleFunction<Time> kind) {
            return times.stream().mapToDouble(kind).sorted().toArray()[times.size() / 2];
        }

        @Override
        public String toString() {
            return "%7.3f s (processor %7.3f s)".formatted(clock, processor);
        }
    }

    /** Where the time goes, by kind of operation. */
    private static void printProfile(List<OperationTime> times) {
        Map<String, Double> byKind = new TreeMap<>();
        Map<String, Double> work = new HashMap<>();
        for (OperationTime time : times) {
            String kind = time.operation().getClass().getSimpleName();
            byKind.merge(kind, time.nanoseconds() * 1e-6, Double::sum);
            work.merge(kind, time.operation().multiplyAdds() * 2e-6, Double::sum);
        }
        byKind.entrySet().stream().sorted(Map.Entry.<String, Double>comparingByValue().reversed()).forEach(entry -> System.out.printf(
                "    %-20s %9.2f ms %8.1f GFLOP/s%n", entry.getKey(), entry.getValue(), work.get(entry.getKey()) / entry.getValue()));
    }

    /** The largest difference, relative to the largest value. */
    private static double error(float[] expected, float[] actual) {
        double largest = IntStream.range(0, expected.length).mapToDouble(i -> Math.abs(expected[i])).max().orElseThrow();
        return IntStream.range(0, expected.length).mapToDouble(i -> Math.abs(expected[i] - actual[i])).max().orElseThrow() / largest;
    }

    static Map<String, Tensor> inputs(Graph graph) {
        Map<String, Tensor> inputs = RandomNumbers.inputs(graph);
        Random random = new Random(1);
        inputs.computeIfPresent(ClipTextEncoder.IDS, (_, ids) -> whole(ids, random, 49408));
        inputs.computeIfPresent(Unet.TIMESTEPS, (_, timesteps) -> whole(timesteps, random, 1000));
        return inputs;
    }

    private static Tensor whole(Tensor tensor, Random random, int bound) {
        float[] values = new float[tensor.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(bound);
        }
        return new Tensor(tensor.shape(), values);
    }
}
