package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.testing.MemoryWeights;
import stablediffusion.model.testing.RandomNumbers;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A number that fp16 cannot hold must be reported with its layer, and must not become a black picture. */
class OverflowTest {
    private static final Shape SHAPE = Shape.sequence(1, 3, 4);

    private static Graph graph() {
        GraphBuilder net = new GraphBuilder("overflow");
        Value x = net.linear(net.input("x", SHAPE), "first", 6);
        return net.build(net.linear(net.layerNorm(net.linear(x, "large", 8), "norm", 1e-5f), "last", 5));
    }

    private static Tensor run(Graph graph, MemoryWeights weights) {
        KernelSet kernels = new TensorCoreKernels(1, EngineTests.tensorCoreBackends().getFirst());
        TornadoEngine engine = new TornadoEngine(EngineTests.device(), "test", Precision.F16, kernels);
        try (engine; Executable executable = engine.compile(graph, weights)) {
            return executable.run(Map.of("x", RandomNumbers.tensor(SHAPE, 1)));
        }
    }

    @Test
    void theLayerIsNamed() {
        assumeTrue(TensorCoreProbe.passes(EngineTests.device()), "the device has no tensor cores");
        Graph graph = graph();
        MemoryWeights weights = RandomNumbers.weights(graph);
        assertEquals(15, run(graph, weights).values().length);
        // Six products of numbers near 1 with 60000.
        weights.tensors().forEach((name, values) -> {
            if (name.startsWith("large")) {
                Arrays.fill(values, 60000f);
            }
        });
        UserException failure = assertThrows(UserException.class, () -> run(graph, weights));
        assertTrue(failure.getMessage().startsWith("overflow, layer large"), failure.getMessage());
        assertEquals(List.of(Remedy.COMPUTE_IN_F32), failure.remedies());
    }
}
