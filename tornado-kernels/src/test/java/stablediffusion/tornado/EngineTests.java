package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.weights.MemoryWeights;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Runs a graph on the first device that there is, the simulator's or TornadoVM's, and holds it against {@link Reference}.
 */
final class EngineTests {
    /** Smaller and larger than the usual ones. */
    private static final Tiles OTHER_STRIPS = new Tiles(new Tiles.Tile(8, 64), new Tiles.Tile(16, 256), 8);
    private static final Tiles OTHER_TILES = new Tiles(new Tiles.Tile(64, 128), new Tiles.Tile(128, 128), 32);
    /** Multiprocessors: for one, tiles keep their size; for so many, they are made as small as they may be. */
    private static final int ONE = 1;
    private static final int MANY = 1000;

    /** Sums of a few thousand products in 32 bits, in another order than the reference's and with the device's own exponential. */
    private static final double TOLERANCE = 2e-5;

    private EngineTests() {}

    static TornadoDevice device() {
        return TornadoExecutionPlan.getDevice(0, 0);
    }

    static TornadoEngine engine() {
        return new TornadoEngine(device(), "test", Precision.F32);
    }

    private static TornadoEngine engine(Precision precision, KernelSet kernels) {
        return new TornadoEngine(device(), "test", precision, kernels);
    }

    /** With the kernels for CPUs and with those for GPUs. */
    static void check(Graph graph, Map<String, Tensor> inputs) {
        MemoryWeights weights = weights(graph);
        check(graph, inputs, weights, engine(Precision.F32, new StripKernels(StripKernels.CHOICES.usual())));
        check(graph, inputs, weights, engine(Precision.F32, new StripKernels(OTHER_STRIPS)));
        check(graph, inputs, weights, engine(Precision.F32, gpu(TileKernels.CHOICES.usual())));
        check(graph, inputs, weights, engine(Precision.F32, gpu(OTHER_TILES)));
    }

    /** With the kernels for GPUs and weights in half precision, to which the reference's are rounded too. */
    static void checkHalves(Graph graph, Map<String, Tensor> inputs) {
        MemoryWeights weights = weights(graph);
        weights.tensors().values().forEach(values -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
            }
        });
        check(graph, inputs, weights, engine(Precision.F16, new TileKernels(TileKernels.CHOICES.usual(), MANY)));
    }

    static KernelSet gpu(Tiles tiles) {
        return new TileKernels(tiles, ONE);
    }

    /** Every run of one plan must be right, the first and, with other inputs, those after it. */
    static void check(Graph graph, Map<String, Tensor> inputs, MemoryWeights weights, TornadoEngine engine) {
        try (engine; Executable executable = engine.compile(graph, weights)) {
            assertClose(graph, Reference.run(graph, weights, inputs), executable.run(inputs));
            Map<String, Tensor> others = new HashMap<>(inputs);
            others.replaceAll((name, tensor) -> reversed(tensor));
            assertClose(graph, Reference.run(graph, weights, others), executable.run(others));
            assertClose(graph, Reference.run(graph, weights, inputs), executable.run(inputs));
        }
    }

    private static Tensor reversed(Tensor tensor) {
        float[] values = new float[tensor.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.values()[values.length - 1 - i];
        }
        return new Tensor(tensor.shape(), values);
    }

    static void assertClose(Graph graph, Tensor expected, Tensor actual) {
        assertEquals(expected.shape(), actual.shape());
        double largest = 0;
        double error = 0;
        int worst = 0;
        for (int i = 0; i < expected.values().length; i++) {
            assertTrue(Float.isFinite(actual.values()[i]), graph.name() + ": element " + i + " is " + actual.values()[i]);
            largest = Math.max(largest, Math.abs(expected.values()[i]));
            double difference = Math.abs(expected.values()[i] - actual.values()[i]);
            if (difference > error) {
                error = difference;
                worst = i;
            }
        }
        assertTrue(
                error <= TOLERANCE * largest,
                graph.name() + ": element " + worst + " of " + expected.shape() + " is off by " + error + " of " + largest);
    }

    /** Numbers around 0 with a spread of 1. */
    static Tensor random(Shape shape, long seed) {
        return new Tensor(shape, random(shape.size(), seed, 1f));
    }

    /** Weights that keep values of about the size of their inputs, as trained ones do. */
    static MemoryWeights weights(Graph graph) {
        Map<String, float[]> tensors = new HashMap<>();
        graph.weights().forEach(weight -> {
            int fanIn = weight.shape().size() < 2 ? 1 : weight.size() / weight.shape().getLast();
            float[] values = random(weight.size(), weight.name().hashCode(), (float) (1 / Math.sqrt(fanIn)));
            tensors.put(weight.name(), values);
        });
        return new MemoryWeights(tensors);
    }

    private static float[] random(int size, long seed, float scale) {
        Random random = new Random(seed);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian() * scale;
        }
        return values;
    }
}
