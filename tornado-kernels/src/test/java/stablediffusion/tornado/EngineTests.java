package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.testing.MemoryWeights;
import stablediffusion.model.testing.OutputAssertions;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.model.testing.ReferenceInterpreter;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

import java.util.HashMap;
import java.util.List;
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
    /** Enough for small blocks. Each has two work-groups with tensor cores whether there are blocks for them or not, and idle ones take the simulator's time. */
    static final int SEVERAL = 16;

    /** Sums of a few thousand products in 32 bits, in another order than the reference's and with the device's own exponential. */
    private static final double TOLERANCE = 2e-5;

    /**
     * Each number that a kernel stores in fp16 is rounded by up to 2^-11 of itself; a network here stores up to three numbers in a row, and attention
     * its weights too.
     */
    private static final double HALF_TOLERANCE = 4 * 0x1p-11;

    private EngineTests() {}

    /** Returns the first device of the backend that the system property {@code tornado.test.backend} names, or of the first backend. */
    static TornadoDevice device() {
        return entry().tornado();
    }

    /** Returns the backend of that device. */
    static String backend() {
        return entry().device().backend();
    }

    private static Devices.Entry entry() {
        String backend = System.getProperty("tornado.test.backend");
        return Devices.entries().stream()
                .filter(entry -> backend == null || entry.device().backend().equals(backend))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("TornadoVM has no backend " + backend));
    }

    static TornadoEngine engine() {
        return engine(Precision.F32, TornadoEngine.kernels(device(), TornadoEngine.choices(device()).usual()));
    }

    private static TornadoEngine engine(Precision precision, KernelSet kernels) {
        return new TornadoEngine(device(), "test", precision, kernels);
    }

    /** With the kernels for GPUs, and with those for CPUs unless the device is a GPU, which never runs them. */
    static void check(Graph graph, Map<String, Tensor> inputs) {
        MemoryWeights weights = RandomNumbers.weights(graph);
        if (device().getDeviceType() != TornadoDeviceType.GPU) {
            check(graph, inputs, weights, engine(Precision.F32, new CpuKernels(CpuKernels.CHOICES.usual())));
            check(graph, inputs, weights, engine(Precision.F32, new CpuKernels(OTHER_CPU_SIZES)));
        }
        check(graph, inputs, weights, engine(Precision.F32, new GpuKernels(ONE)));
        check(graph, inputs, weights, engine(Precision.F32, new GpuKernels(MANY)));
        if (TensorCoreProbe.passes(device())) {
            // Large blocks and small ones.
            checkTensorCores(graph, inputs, HALF_TOLERANCE, ONE);
            checkTensorCores(graph, inputs, HALF_TOLERANCE, SEVERAL);
        }
    }

    /** With the kernels for tensor cores, and with weights and inputs that fp16 holds exactly. */
    static void checkTensorCores(Graph graph, Map<String, Tensor> inputs, double tolerance, int multiprocessors) {
        MemoryWeights weights = RandomNumbers.weights(graph);
        weights.tensors().forEach((name, values) -> {
            if (graph.weights().stream().anyMatch(weight -> weight.name().equals(name) && weight.layout() != Weight.Layout.VECTOR)) {
                round(values);
            }
        });
        Map<String, Tensor> rounded = new HashMap<>(inputs);
        rounded.replaceAll((name, tensor) -> {
            float[] values = tensor.values().clone();
            // Ids and timesteps stay as they are: kernels read them in 32 bits.
            if (graph.operations().stream().noneMatch(operation -> embeds(operation, name))) {
                round(values);
            }
            return new Tensor(tensor.shape(), values);
        });
        for (TensorCoreKernels.Backend backend : tensorCoreBackends()) {
            check(graph, rounded, weights, engine(Precision.F16, new TensorCoreKernels(multiprocessors, backend)), tolerance);
        }
    }

    /** The simulator runs what either backend of TornadoVM compiles. */
    static List<TensorCoreKernels.Backend> tensorCoreBackends() {
        return device().getTornadoVMBackend() == TornadoVMBackendType.JAVA
                ? List.of(TensorCoreKernels.Backend.values())
                : List.of(TensorCoreProbe.backend(device()).orElseThrow());
    }

    private static boolean embeds(Operation operation, String input) {
        return (operation instanceof Operation.TimestepEmbedding || operation instanceof Operation.TokenEmbedding)
                && operation.inputs().getFirst().name().equals(input);
    }

    private static void round(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
        }
    }

    /** With the kernels for GPUs and weights in half precision, to which the reference's are rounded too. */
    static void checkHalves(Graph graph, Map<String, Tensor> inputs) {
        MemoryWeights weights = RandomNumbers.weights(graph);
        weights.tensors().values().forEach(EngineTests::round);
        check(graph, inputs, weights, engine(Precision.F16, new GpuKernels(MANY)));
    }

    /** Every run of one plan must be right, the first and, with other inputs, those after it. */
    static void check(Graph graph, Map<String, Tensor> inputs, MemoryWeights weights, TornadoEngine engine) {
        check(graph, inputs, weights, engine, TOLERANCE);
    }

    static void assertClose(Graph graph, Tensor expected, Tensor actual) {
        OutputAssertions.assertClose(expected, actual, TOLERANCE, graph.name());
    }

    private static void check(
            Graph graph, Map<String, Tensor> inputs, MemoryWeights weights, TornadoEngine engine, double tolerance) {
        try (engine; Executable executable = engine.compile(graph, weights)) {
            Tensor expected = ReferenceInterpreter.run(graph, weights, inputs);
            OutputAssertions.assertClose(expected, executable.run(inputs), tolerance, graph.name());
            Map<String, Tensor> others = new HashMap<>(inputs);
            others.replaceAll((name, tensor) -> reversed(tensor));
            OutputAssertions.assertClose(ReferenceInterpreter.run(graph, weights, others), executable.run(others), tolerance, graph.name());
            OutputAssertions.assertClose(expected, executable.run(inputs), tolerance, graph.name());
        }
    }

    static Tensor reversed(Tensor tensor) {
        float[] values = new float[tensor.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.values()[values.length - 1 - i];
        }
        return new Tensor(tensor.shape(), values);
    }
}
