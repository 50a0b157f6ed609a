package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.testing.MemoryWeights;
import stablediffusion.model.testing.OutputAssertions;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.model.testing.ReferenceInterpreter;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.util.HashMap;
import java.util.Map;

/**
 * Runs a graph on a device, the simulator's or TornadoVM's, and compares the output with that of {@link ReferenceInterpreter}.
 */
final class EngineTests {
    /** Smaller and larger than the usual ones. */
    private static final BlockSizes OTHER_CPU_SIZES = new BlockSizes(new BlockSize(8, 64), new BlockSize(16, 256), 8);
    /** Multiprocessors: for one, products are computed as a whole; for so many, in as many slices as they may be. */
    private static final int ONE = 1;
    private static final int MANY = 1000;

    /** Sums of a few thousand products in 32 bits, in another order than the reference's and with the device's own exponential. */
    private static final double TOLERANCE = 2e-5;

    private EngineTests() {}

    /** Returns the first device of the backend that the system property {@code tornado.test.backend} names, or of the first backend. */
    static TornadoDevice device() {
        String backend = System.getProperty("tornado.test.backend");
        if (backend == null) {
            return TornadoExecutionPlan.getDevice(0, 0);
        }
        return Devices.entries().stream()
                .filter(entry -> entry.device().backend().equals(backend))
                .map(Devices.Entry::tornado)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("TornadoVM has no backend " + backend));
    }

    static TornadoEngine engine() {
        return new TornadoEngine(device(), "test", Precision.F32);
    }

    private static TornadoEngine engine(Precision precision, KernelSet kernels) {
        return new TornadoEngine(device(), "test", precision, kernels);
    }

    /** With the kernels for CPUs and with those for GPUs. */
    static void check(Graph graph, Map<String, Tensor> inputs) {
        MemoryWeights weights = RandomNumbers.weights(graph);
        check(graph, inputs, weights, engine(Precision.F32, new CpuKernels(CpuKernels.CHOICES.usual())));
        check(graph, inputs, weights, engine(Precision.F32, new CpuKernels(OTHER_CPU_SIZES)));
        check(graph, inputs, weights, engine(Precision.F32, new GpuKernels(ONE)));
        check(graph, inputs, weights, engine(Precision.F32, new GpuKernels(MANY)));
    }

    /** With the kernels for GPUs and weights in half precision, to which the reference's are rounded too. */
    static void checkHalves(Graph graph, Map<String, Tensor> inputs) {
        MemoryWeights weights = RandomNumbers.weights(graph);
        weights.tensors().values().forEach(values -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
            }
        });
        check(graph, inputs, weights, engine(Precision.F16, new GpuKernels(MANY)));
    }

    /** Every run of one plan must be right, the first and, with other inputs, those after it. */
    static void check(Graph graph, Map<String, Tensor> inputs, MemoryWeights weights, TornadoEngine engine) {
        try (engine; Executable executable = engine.compile(graph, weights)) {
            assertClose(graph, ReferenceInterpreter.run(graph, weights, inputs), executable.run(inputs));
            Map<String, Tensor> others = new HashMap<>(inputs);
            others.replaceAll((name, tensor) -> reversed(tensor));
            assertClose(graph, ReferenceInterpreter.run(graph, weights, others), executable.run(others));
            assertClose(graph, ReferenceInterpreter.run(graph, weights, inputs), executable.run(inputs));
        }
    }

    static void assertClose(Graph graph, Tensor expected, Tensor actual) {
        OutputAssertions.assertClose(expected, actual, TOLERANCE, graph.name());
    }

    private static Tensor reversed(Tensor tensor) {
        float[] values = new float[tensor.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.values()[values.length - 1 - i];
        }
        return new Tensor(tensor.shape(), values);
    }
}
