package stablediffusion.peers;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** One graph on two engines. */
final class Agreement {
    private Agreement() {}

    /**
     * That a backend computes what the CPU engine does in f32, and the same each time.
     *
     * @param tolerance of the largest difference, relative to the largest number
     */
    static void check(String backend, Graph graph, double tolerance) {
        Weights weights = RandomNumbers.weights(graph);
        Map<String, Tensor> inputs = RandomNumbers.inputs(graph);
        float[] expected;
        try (Engine engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32));
                Executable executable = engine.compile(graph, weights)) {
            expected = executable.run(inputs).values();
        }
        try (Engine engine = Engines.open(backend, EngineSettings.DEFAULT.withPrecision(Precision.F32));
                Executable executable = engine.compile(graph, weights)) {
            Tensor actual = executable.run(inputs);
            assertEquals(graph.output().shape(), actual.shape());
            near(expected, actual.values(), tolerance);
            assertArrayEquals(actual.values(), executable.run(inputs).values(), "the second run differs");
        }
    }

    private static void near(float[] expected, float[] actual, double tolerance) {
        double largest = 0;
        double error = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            error = Math.max(error, Float.isNaN(actual[i]) ? Double.POSITIVE_INFINITY : Math.abs(expected[i] - actual[i]));
        }
        assertTrue(error <= tolerance * largest, "error " + error / largest + " of the largest output");
    }
}
