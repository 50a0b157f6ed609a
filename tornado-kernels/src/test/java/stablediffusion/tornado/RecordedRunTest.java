package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.testing.MemoryWeights;
import stablediffusion.model.testing.RandomNumbers;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Runs that a device records and replays compute what runs task by task compute, to the bit. */
class RecordedRunTest {

    @Test
    void recordedRunsAreEqualToTheBit() {
        TornadoDevice device = EngineTests.device();
        assumeTrue(TornadoEngine.records(device), "the device does not record runs");
        // Few kernels, and enough layers for several task graphs.
        Graph graph = ClipTextEncoder.graph(new Configuration.Text(64, 6, 200, 77), 2);
        MemoryWeights weights = RandomNumbers.weights(graph);
        Map<String, Tensor> inputs = RandomNumbers.inputs(graph);
        Map<String, Tensor> others = new HashMap<>(inputs);
        others.replaceAll((_, tensor) -> EngineTests.reversed(tensor));
        // The third run shows that a replay reads the inputs of its own run, the fourth that nothing is left of the one before.
        List<Map<String, Tensor>> runs = List.of(inputs, inputs, others, inputs);
        List<Tensor> expected = outputs(device, false, graph, weights, runs);
        List<Tensor> recorded = outputs(device, true, graph, weights, runs);
        for (int i = 0; i < runs.size(); i++) {
            assertArrayEquals(expected.get(i).values(), recorded.get(i).values(), "run " + (i + 1));
        }
        assertEquals(expected.getFirst().shape(), recorded.getFirst().shape());
    }

    private static List<Tensor> outputs(
            TornadoDevice device, boolean recorded, Graph graph, MemoryWeights weights, List<Map<String, Tensor>> runs) {
        List<Tensor> outputs = new ArrayList<>();
        KernelSet kernels = TornadoEngine.kernels(device, TornadoEngine.choices(device).usual());
        try (TornadoEngine engine = new TornadoEngine(device, "test", Precision.F32, kernels, recorded);
                Executable executable = engine.compile(graph, weights)) {
            runs.forEach(inputs -> outputs.add(executable.run(inputs)));
        }
        return outputs;
    }
}
