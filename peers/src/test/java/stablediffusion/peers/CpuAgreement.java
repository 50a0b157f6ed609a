package stablediffusion.peers;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.testing.OutputAssertions;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.model.weights.Weights;

import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

/** Compares a backend with the CPU engine. */
final class CpuAgreement {
    private static final EngineSettings SINGLE_PRECISION = EngineSettings.DEFAULT.withPrecision(Precision.F32);

    private CpuAgreement() {}

    /**
     * Asserts that a backend computes in a precision what the CPU engine does in f32, and the same each time.
     *
     * @param tolerance the largest difference that passes, relative to the largest number
     */
    static void check(String backend, Precision precision, Graph graph, double tolerance) {
        Weights weights = RandomNumbers.weights(graph);
        Map<String, Tensor> inputs = RandomNumbers.inputs(graph);
        Tensor expected;
        try (Engine engine = Engines.open(Engines.CPU, SINGLE_PRECISION); Executable executable = engine.compile(graph, weights)) {
            expected = executable.run(inputs);
        }
        try (Engine engine = Engines.open(backend, EngineSettings.DEFAULT.withPrecision(precision));
                Executable executable = engine.compile(graph, weights)) {
            Tensor actual = executable.run(inputs);
            OutputAssertions.assertClose(expected, actual, tolerance, graph.name());
            assertArrayEquals(actual.values(), executable.run(inputs).values(), "the second run differs");
        }
    }
}
