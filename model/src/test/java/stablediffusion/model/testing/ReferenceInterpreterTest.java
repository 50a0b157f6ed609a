package stablediffusion.model.testing;

import org.junit.jupiter.api.Test;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ReferenceInterpreterTest {
    private static final Configuration SMALL = new Configuration(
            new Configuration.Text(64, 2, 200, 77),
            new Configuration.Unet(4, 32, List.of(1, 2), 1, List.of(true, false), 64),
            new Configuration.Vae(4, 32, List.of(1, 2), 1),
            8);

    @Test
    void linear() {
        Graph graph = OperationGraphs.of("linear", Shape.sequence(1, 2, 2), (net, x) -> net.linear(x, "fc", 3));
        float[] weight = {1, 2, 3, 4, 5, 6};
        float[] bias = {0.5f, 0, -1};
        float[] output = run(graph, Map.of("fc.weight", weight, "fc.bias", bias), 1, 2, 3, 4).values();
        assertArrayEquals(new float[] {9.5f, 12, 14, 19.5f, 26, 32}, output);
    }

    /** Each pixel becomes the sum of those around it, of which those outside the picture are zero. */
    @Test
    void convolution() {
        Graph graph = OperationGraphs.of("convolution", new Shape(1, 2, 3, 1), (net, x) -> net.convolution(x, "conv", 1));
        float[] ones = new float[9];
        Arrays.fill(ones, 1);
        float[] output = run(graph, Map.of("conv.weight", ones, "conv.bias", new float[1]), 1, 2, 3, 4, 5, 6).values();
        assertArrayEquals(new float[] {12, 21, 16, 12, 21, 16}, output);
    }

    @Test
    void upsampling() {
        Graph graph = OperationGraphs.of("upsample", new Shape(1, 1, 2, 1), (net, x) -> net.upsample(x, 2, 3));
        assertArrayEquals(new float[] {1, 1, 2, 1, 1, 2}, run(graph, Map.of(), 1, 2).values());
    }

    @Test
    void groupNormalization() {
        Graph graph = OperationGraphs.of("norm", new Shape(1, 1, 2, 4), (net, x) -> net.groupNorm(x, "norm", 2, 0));
        float[] scale = {1, 1, 1, 2};
        float[] shift = {0, 0, 0, 1};
        float[] output = run(graph, Map.of("norm.weight", scale, "norm.bias", shift), 1, 3, 5, 5, 1, 3, 7, 7).values();
        assertArrayEquals(new float[] {-1, 1, -1, -1, -1, 1, 1, 3}, output);
    }

    @Test
    void activations() {
        Graph graph = OperationGraphs.of("gelu", Shape.vector(1, 6), (net, x) -> net.geglu(x, "geglu"));
        // x · Φ(x) of 1, -3 and -7.
        assertArrayEquals(new float[] {0.84134475f, -0.0040496940f, 0}, run(graph, Map.of(), 1, 1, 1, 1, -3, -7).values(), 1e-8f);
    }

    /** Fusion merges operations and keeps what they compute, so a fused graph must give the same numbers. */
    @Test
    void fusedGraphs() {
        for (Graph graph : List.of(Unet.graph(SMALL.unet(), 2, 5, 6, 7), Vae.decoder(SMALL.vae(), 1, 3, 4))) {
            Graph fused = Fusion.apply(graph, EnumSet.allOf(Fusion.Rule.class));
            assertTrue(fused.operations().size() < graph.operations().size());
            MemoryWeights weights = RandomNumbers.weights(graph);
            Map<String, Tensor> inputs = RandomNumbers.inputs(graph);
            Tensor expected = ReferenceInterpreter.run(graph, weights, inputs);
            OutputAssertions.assertClose(expected, ReferenceInterpreter.run(fused, weights, inputs), 1e-6, graph.name());
        }
    }

    private static Tensor run(Graph graph, Map<String, float[]> weights, float... input) {
        Value value = graph.inputs().getFirst();
        return ReferenceInterpreter.run(graph, new MemoryWeights(weights), Map.of(value.name(), new Tensor(value.shape(), input)));
    }
}
