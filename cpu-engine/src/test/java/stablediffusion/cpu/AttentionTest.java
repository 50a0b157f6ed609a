package stablediffusion.cpu;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.testing.OperationGraphs;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.model.testing.ReferenceInterpreter;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static stablediffusion.model.testing.OutputAssertions.assertClose;

/** Attention whose scores are large, or far from the bound that stands for the largest of them. */
class AttentionTest {
    private static final int TOKENS = 70;
    private static final int CHANNELS = 40;

    private final Graph graph = OperationGraphs.attention("attention", 1, TOKENS, TOKENS, 1, CHANNELS, false);

    /** Long queries and keys at right angles: scores near 0, with a bound of scale · length². From 30 on, the sum is too small to be used. */
    @ParameterizedTest
    @ValueSource(floats = {1, 10, 20, 30, 40, 100, 1000})
    void scoresFarBelowTheirBound(float length) {
        Map<String, Tensor> inputs = inputs();
        for (int token = 0; token < TOKENS; token++) {
            inputs.get("q").values()[token * CHANNELS] = length;
            inputs.get("k").values()[token * CHANNELS] = 0;
            inputs.get("k").values()[token * CHANNELS + 1] = length;
            inputs.get("q").values()[token * CHANNELS + 1] = 0;
        }
        check(inputs);
    }

    /** One key gets nearly all the weight, and its score is the bound. */
    @ParameterizedTest
    @ValueSource(floats = {1, 10, 100, 1000})
    void scoresAtTheirBound(float length) {
        Map<String, Tensor> inputs = inputs();
        for (int token = 0; token < TOKENS; token++) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                float number = channel == token % CHANNELS ? length : 0;
                inputs.get("q").values()[token * CHANNELS + channel] = number;
                inputs.get("k").values()[token * CHANNELS + channel] = number;
            }
        }
        check(inputs);
    }

    @Test
    void queriesOfZeros() {
        Map<String, Tensor> inputs = inputs();
        Arrays.fill(inputs.get("q").values(), 0);
        check(inputs);
    }

    private Map<String, Tensor> inputs() {
        return new HashMap<>(RandomNumbers.inputs(graph));
    }

    private void check(Map<String, Tensor> inputs) {
        Tensor expected = ReferenceInterpreter.run(graph, RandomNumbers.weights(graph), inputs);
        assertTrue(expected.values()[0] != 0);
        try (Engine engine = new CpuEngine(new OneDnn(2), Precision.F32);
                Executable executable = engine.compile(graph, RandomNumbers.weights(graph))) {
            // The bound is subtracted in 32 bits: of numbers up to 1.6e5, that rounds exponents by 1e-2 at most; of the usual ones by 1e-6.
            assertClose(expected, executable.run(inputs), 1e-4, "attention");
        }
    }
}
