package stablediffusion.cpu;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Operation.Padding;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.testing.OperationGraphs;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.model.testing.ReferenceInterpreter;
import stablediffusion.model.weights.Weights;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static stablediffusion.model.testing.OutputAssertions.assertClose;

/** Compares every operation with its definition, at shapes that do not fill vector registers. */
class OperationsTest {
    /** Relative to the largest output. 24 bits round at 6e-8; sums over up to 3000 products of random sign lose a few bits more. */
    private static final double F32_TOLERANCE = 1e-5;
    /** 8 bits round at 4e-3, once for weights, inputs and output each, and in between where operations follow each other. */
    private static final double BF16_TOLERANCE = 2e-2;

    private static final List<Shape> PICTURES = List.of(
            new Shape(1, 1, 1, 32), new Shape(2, 5, 7, 32), new Shape(1, 8, 8, 64), new Shape(2, 10, 10, 160), new Shape(3, 3, 1, 96));

    static Stream<Named<Graph>> cases() {
        List<Graph> cases = new ArrayList<>();
        for (Shape shape : PICTURES) {
            cases.add(picture("convolution", shape, (net, x) -> net.convolution(x, "conv", 48)));
            cases.add(picture("convolution to 3", shape, (net, x) -> net.convolution(x, "conv", 3)));
            cases.add(picture("convolution from 4", shape.withChannels(4), (net, x) -> net.convolution(x, "conv", 32)));
            cases.add(picture("downsample", shape, (net, x) -> net.downsample(x, "conv", Padding.SAME)));
            if (shape.width() > 1) {
                cases.add(picture("downsample after", shape, (net, x) -> net.downsample(x, "conv", Padding.AFTER)));
            }
            cases.add(picture("upsample", shape, GraphBuilder::upsample));
            cases.add(picture("upsample odd", shape, (net, x) -> net.upsample(x, 2 * shape.height() - 1, 2 * shape.width() - 1)));
            cases.add(picture("upsample convolution", shape, (net, x) -> net.convolution(net.upsample(x), "conv", 24)));
            cases.add(picture("linear", shape, (net, x) -> net.linear(x, "fc", 50)));
            cases.add(picture("linear from 4", shape.withChannels(4), (net, x) -> net.linear(x, "fc", 4)));
            cases.add(picture("linear 4 to 32", shape.withChannels(4), (net, x) -> net.linear(x, "fc", 32)));
            cases.add(picture("linear without bias", shape, (net, x) -> net.linearWithoutBias(x, "fc", 40)));
            cases.add(picture("linear gelu", shape, (net, x) -> net.quickGelu(net.linear(x, "fc", 64))));
            cases.add(picture("linear residual", shape, (net, x) -> net.add(x, net.linear(x, "fc", shape.channels()))));
            cases.add(picture("convolution residual", shape, (net, x) -> net.add(x, net.convolution(x, "conv", shape.channels()))));
            cases.add(picture("group norm", shape, (net, x) -> net.groupNorm(x, "norm", 32, 1e-5f)));
            cases.add(picture("group norm silu", shape, (net, x) -> net.silu(net.groupNorm(x, "norm", 16, 1e-6f))));
            cases.add(picture("group norm of few", shape.withChannels(6), (net, x) -> net.groupNorm(x, "norm", 3, 1e-6f)));
            cases.add(picture("layer norm", shape, (net, x) -> net.layerNorm(x, "norm", 1e-5f)));
            cases.add(picture("silu", shape, GraphBuilder::silu));
            cases.add(picture("quick gelu", shape, GraphBuilder::quickGelu));
            cases.add(picture("add", shape, (net, x) -> net.add(x, net.silu(x))));
            cases.add(picture("concat", shape, (net, x) -> net.concat(x, net.linear(x, "fc", 18))));
            cases.add(picture("concat few", shape.withChannels(9), (net, x) -> net.concat(x, net.silu(x))));
            cases.add(picture("geglu", shape, (net, x) -> net.geglu(x, "geglu")));
            cases.add(picture("gated linear", shape, (net, x) -> net.geglu(net.linear(x, "fc", 96), "geglu")));
            cases.add(picture("gated linear from 4", shape.withChannels(4), (net, x) -> net.geglu(net.linear(x, "fc", 64), "geglu")));
            cases.add(picture("batch bias", shape, (net, x) -> net.addBatchBias(
                    net.convolution(x, "conv", 32), net.input("bias", Shape.vector(shape.batch(), 32)))));
        }
        cases.add(OperationGraphs.attention("attention cross", 2, 33, 77, 4, 40, false));
        cases.add(OperationGraphs.attention("attention self", 1, 64, 64, 1, 512, false));
        cases.add(OperationGraphs.attention("attention one key", 2, 3, 1, 2, 16, false));
        cases.add(OperationGraphs.attention("attention causal", 2, 77, 77, 3, 64, true));
        // More scores than a block holds: several blocks of queries, the last one smaller.
        cases.add(OperationGraphs.attention("attention in blocks", 1, 1500, 1600, 2, 8, false));
        cases.add(OperationGraphs.attention("attention in blocks, causal", 1, 1700, 1700, 1, 16, true));
        cases.add(OperationGraphs.tokenEmbedding());
        return cases.stream().map(graph -> Named.of(graph.name(), graph));
    }

    private static Graph picture(String name, Shape shape, BiFunction<GraphBuilder, Value, Value> operations) {
        return OperationGraphs.of(name + " " + shape, shape, operations);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void f32(Graph graph) {
        check(graph, Precision.F32, F32_TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void bf16(Graph graph) {
        Assumptions.assumeTrue(OneDnn.multipliesBfloat16(), "no bf16 on this processor");
        check(graph, Precision.BF16, BF16_TOLERANCE);
    }

    @Test
    void timestepEmbedding() {
        // As in the original the angle is a 32-bit number: up to 1000, it rounds at 3e-5.
        check(OperationGraphs.timestepEmbedding(), Precision.F32, 1e-4);
    }

    @Test
    void everyOperationHasACase() {
        List<Graph> graphs = Stream.concat(cases().map(Named::getPayload), Stream.of(OperationGraphs.timestepEmbedding())).toList();
        assertEquals(Set.of(), OperationGraphs.kindsMissingIn(graphs, EnumSet.allOf(Fusion.Rule.class)));
    }

    @Test
    void smallUNet() {
        GraphBuilder net = new GraphBuilder("unet");
        Graph graph = net.build(smallUNet(net));
        check(graph, Precision.F32, F32_TOLERANCE);
    }

    @Test
    void smallUNetInBf16() {
        Assumptions.assumeTrue(OneDnn.multipliesBfloat16(), "no bf16 on this processor");
        GraphBuilder net = new GraphBuilder("unet");
        // Roundings of some twenty layers add up.
        check(net.build(smallUNet(net)), Precision.BF16, 4e-2);
    }

    private static Value smallUNet(GraphBuilder net) {
        Value x = net.convolution(net.input("latent", new Shape(2, 9, 6, 4)), "in", 64);
        Value time = net.timestepEmbedding(net.input("timesteps", Shape.vector(2, 1)), 64);
        time = net.silu(net.linear(net.silu(net.linear(time, "time0", 96)), "time1", 96));
        Value skip = block(net, x, time, "a", 64);
        x = block(net, net.downsample(skip, "down", Padding.SAME), time, "b", 96);
        Value h = net.linear(net.groupNorm(x, "norm", 32, 1e-6f), "proj_in", 96);
        h = net.add(h, net.linear(net.attention(h, h, h, "attention", 4), "to_out", 96));
        h = net.add(h, net.linear(net.geglu(net.linear(net.layerNorm(h, "norm3", 1e-5f), "ff0", 384), "geglu"), "ff2", 96));
        x = net.add(x, net.linear(h, "proj_out", 96));
        x = net.convolution(net.upsample(x, 9, 6), "up", 96);
        x = block(net, net.concat(x, skip), time, "c", 64);
        return net.convolution(net.silu(net.groupNorm(x, "norm_out", 32, 1e-5f)), "out", 4);
    }

    private static Value block(GraphBuilder net, Value x, Value time, String name, int channels) {
        Value h = net.convolution(net.silu(net.groupNorm(x, name + ".norm1", 32, 1e-5f)), name + ".conv1", channels);
        h = net.addBatchBias(h, net.linear(time, name + ".time", channels));
        h = net.convolution(net.silu(net.groupNorm(h, name + ".norm2", 32, 1e-5f)), name + ".conv2", channels);
        Value skip = x.shape().channels() == channels ? x : net.linear(x, name + ".skip", channels);
        return net.add(skip, h);
    }

    private static void check(Graph graph, Precision precision, double tolerance) {
        Weights weights = RandomNumbers.weights(graph);
        Map<String, Tensor> inputs = RandomNumbers.inputs(graph);
        Tensor expected = ReferenceInterpreter.run(graph, weights, inputs);
        assertClose(expected, runTwice(graph, weights, inputs, precision, true), tolerance, graph.name() + ", fused");
        assertClose(expected, runTwice(graph, weights, inputs, precision, false), tolerance, graph.name() + ", not fused");
    }

    private static Tensor runTwice(Graph graph, Weights weights, Map<String, Tensor> inputs, Precision precision, boolean fused) {
        OneDnn oneDnn = new OneDnn(Runtime.getRuntime().availableProcessors());
        Set<Fusion.Rule> none = EnumSet.noneOf(Fusion.Rule.class);
        try (Engine engine = fused ? new CpuEngine(oneDnn, precision) : new CpuEngine(oneDnn, precision, none);
                Executable executable = engine.compile(graph, weights)) {
            Tensor first = executable.run(inputs);
            Tensor second = executable.run(inputs);
            assertArrayEquals(first.values(), second.values(), "the second run differs");
            return first;
        }
    }
}
