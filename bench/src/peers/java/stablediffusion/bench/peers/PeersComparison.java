package stablediffusion.bench.peers;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import stablediffusion.bench.Json;
import stablediffusion.bench.KernelCase;
import stablediffusion.bench.OperationKind;
import stablediffusion.bench.Part;
import stablediffusion.bench.RandomWeights;
import stablediffusion.bench.Timing;
import stablediffusion.bench.Tuner;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Precision;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Value;
import stablediffusion.model.network.Configuration;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The CPU engine beside PyTorch and ONNX Runtime, operation by operation at the most costly shapes of Stable Diffusion v1 at 256x256, in
 * f32: in turns, so that all meet the same machine. Prints medians and ratios, writes them to target/peers.json, and checks that all
 * agree. Run by {@code mvn -Ppeers -pl bench -am verify}.
 */
class PeersComparison {
    private static final int ROUNDS = 7;
    private static final int SHAPES = 3;
    private static final int PIXELS = 256;
    /** Sums of up to 11520 products in f32, in another order in each library, over values of about 1. */
    private static final double TOLERANCE = 2e-3;

    private final RandomWeights weights = new RandomWeights(1);

    /** @param ratio its median over ours: above 1 where the CPU engine is faster */
    record Ratio(String operation, String peer, Timing ours, Timing theirs, double ratio) {}

    @BeforeAll
    static void stayOffline() {
        System.setProperty("ai.djl.offline", "true");
    }

    @Test
    void operations() {
        List<KernelCase> all = KernelCase.of(List.of(
                Part.UNET.graph(Configuration.v1(), PIXELS, PIXELS), Part.DECODER.graph(Configuration.v1(), PIXELS, PIXELS)));
        List<Ratio> ratios = new ArrayList<>();
        try (Engine engine = Engines.open(Engines.CPU, Optional.of(Precision.F32));
                Peer pyTorch = new PyTorchPeer();
                Peer onnxRuntime = new OnnxRuntimePeer()) {
            for (OperationKind kind : OperationKind.values()) {
                for (KernelCase kernel : Tuner.mostCostly(all, kind, SHAPES)) {
                    ratios.addAll(compare(kernel, engine, List.of(pyTorch, onnxRuntime)));
                }
            }
        }
        Json.write(Json.pretty(ratios), Path.of("target", "peers.json"));
        assertTrue(ratios.size() > 2 * SHAPES, "hardly anything was compared: " + ratios);
    }

    private List<Ratio> compare(KernelCase kernel, Engine engine, List<Peer> peers) {
        Graph graph = kernel.graph();
        Map<String, Tensor> inputs = inputs(graph);
        List<Ratio> ratios = new ArrayList<>();
        try (Executable executable = engine.compile(graph, weights)) {
            float[] expected = executable.run(inputs).values();
            for (Peer peer : peers) {
                peer.prepare(kernel.operation(), inputs, new Numbers(weights)).ifPresent(prepared -> {
                    try (prepared) {
                        agree(kernel.name() + " of " + peer.name(), expected, prepared.output());
                        ratios.add(inTurns(kernel, peer, (Profiled) executable, inputs, prepared));
                    }
                });
            }
        }
        return ratios;
    }

    private static Ratio inTurns(KernelCase kernel, Peer peer, Profiled executable, Map<String, Tensor> inputs, Peer.Prepared prepared) {
        double[] ours = new double[ROUNDS];
        double[] theirs = new double[ROUNDS];
        executable.profile(inputs);
        prepared.run();
        for (int i = 0; i < ROUNDS; i++) {
            ours[i] = 1e-9 * executable.profile(inputs).stream().mapToLong(OperationTime::nanoseconds).sum();
            long start = System.nanoTime();
            prepared.run();
            theirs[i] = 1e-9 * (System.nanoTime() - start);
        }
        Timing us = Timing.of(ours);
        Timing them = Timing.of(theirs);
        double ratio = them.median() / us.median();
        System.out.printf(Locale.ROOT, "%-60s %10.3f ms   %-12s %10.3f ms   ratio %5.2f%s%n",
                kernel.name(), 1000 * us.median(), peer.name(), 1000 * them.median(), ratio, us.noisy() || them.noisy() ? "  (noisy)" : "");
        return new Ratio(kernel.name(), peer.name(), us, them, ratio);
    }

    private static Map<String, Tensor> inputs(Graph graph) {
        SplittableRandom random = new SplittableRandom(1);
        Map<String, Tensor> inputs = new HashMap<>();
        for (Value input : graph.inputs()) {
            float[] values = new float[input.shape().size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            inputs.put(input.name(), new Tensor(input.shape(), values));
        }
        return inputs;
    }

    private static void agree(String what, float[] expected, float[] actual) {
        assertTrue(expected.length == actual.length, what + " has another size");
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Math.abs(expected[i] - actual[i]) <= TOLERANCE * Math.max(1, Math.abs(expected[i])),
                    what + ": " + actual[i] + " at " + i + ", expected " + expected[i]);
        }
    }
}
