package stablediffusion.peers;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Operation.Padding;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.testing.OperationGraphs;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Compares every operation as the other libraries compute it with the CPU engine. */
class OperationsTest {
    /** Relative to the largest output. 24 bits round at 6e-8; sums of up to 1500 products in another order lose a few bits more. */
    private static final double TOLERANCE = 1e-5;
    /** 8 bits round at 4e-3, once for weights, inputs and output each, and in between where operations follow each other. */
    private static final double BF16_TOLERANCE = 2e-2;
    /** The angle is a 32-bit number: up to 1000, it rounds at 3e-5. */
    private static final double ANGLE_TOLERANCE = 1e-4;

    private static final List<Shape> PICTURES = List.of(new Shape(1, 1, 1, 32), new Shape(2, 5, 7, 32), new Shape(1, 8, 8, 160));

    record Case(String backend, String name, Graph graph) {
        @Override
        public String toString() {
            return backend + ", " + name;
        }
    }

    static Stream<Case> cases() {
        return graphs().flatMap(OperationsTest::onEach);
    }

    static Stream<Graph> graphs() {
        List<Graph> graphs = new ArrayList<>();
        for (Shape shape : PICTURES) {
            graphs.add(picture("convolution", shape, (net, x) -> net.convolution(x, "conv", 48)));
            graphs.add(picture("downsample", shape, (net, x) -> net.downsample(x, "conv", Padding.SAME)));
            if (shape.width() > 1) {
                graphs.add(picture("downsample after", shape, (net, x) -> net.downsample(x, "conv", Padding.AFTER)));
            }
            graphs.add(picture("upsample", shape, GraphBuilder::upsample));
            graphs.add(picture("upsample odd", shape, (net, x) -> net.upsample(x, 2 * shape.height() - 1, 2 * shape.width() - 1)));
            graphs.add(picture("linear", shape, (net, x) -> net.linear(x, "fc", 50)));
            graphs.add(picture("linear without bias", shape, (net, x) -> net.linearWithoutBias(x, "fc", 40)));
            graphs.add(picture("linear of a picture", shape, (net, x) -> net.linear(net.upsample(x), "fc", 50)));
            graphs.add(picture("linear of a picture without bias", shape, (net, x) -> net.linearWithoutBias(net.upsample(x), "fc", 50)));
            graphs.add(picture("group norm", shape, (net, x) -> net.groupNorm(x, "norm", 16, 1e-5f)));
            graphs.add(picture("layer norm", shape, (net, x) -> net.layerNorm(x, "norm", 1e-5f)));
            graphs.add(picture("layer norm of a picture", shape, (net, x) -> net.layerNorm(net.upsample(x), "norm", 1e-5f)));
            graphs.add(picture("silu", shape, GraphBuilder::silu));
            graphs.add(picture("quick gelu", shape, GraphBuilder::quickGelu));
            graphs.add(picture("add", shape, (net, x) -> net.add(x, net.silu(x))));
            graphs.add(picture("add tokens to a picture", shape, (net, x) -> {
                Value picture = net.groupNorm(x, "norm", 16, 1e-5f);
                return net.add(picture, net.linear(net.layerNorm(picture, "norm2", 1e-5f), "fc", shape.channels()));
            }));
            graphs.add(picture("concat", shape, (net, x) -> net.concat(x, net.linear(x, "fc", 18))));
            graphs.add(picture("geglu", shape, (net, x) -> net.geglu(x, "geglu")));
            graphs.add(picture("geglu of a picture", shape, (net, x) -> net.geglu(net.upsample(x), "geglu")));
            graphs.add(picture("batch bias", shape, (net, x) -> net.addBatchBias(
                    x, net.linear(net.input("time", Shape.vector(shape.batch(), 8)), "fc", shape.channels()))));
        }
        graphs.add(OperationGraphs.attention("attention, cross", 2, 33, 77, 4, 40, false));
        graphs.add(OperationGraphs.attention("attention, self, one head", 1, 64, 64, 1, 512, false));
        graphs.add(OperationGraphs.attention("attention, one key", 2, 3, 1, 2, 16, false));
        graphs.add(OperationGraphs.attention("attention, causal", 2, 77, 77, 3, 64, true));
        graphs.add(OperationGraphs.tokenEmbedding());
        return graphs.stream();
    }

    static Stream<Case> angles() {
        return onEach(OperationGraphs.timestepEmbedding());
    }

    private static Graph picture(String name, Shape shape, BiFunction<GraphBuilder, Value, Value> operations) {
        return OperationGraphs.of(name + " " + shape, shape, operations);
    }

    private static Stream<Case> onEach(Graph graph) {
        return Stream.of(PyTorchEngineProvider.BACKEND, OnnxRuntimeEngineProvider.BACKEND)
                .map(backend -> new Case(backend, graph.name(), graph));
    }

    @Test
    void everyOperationHasACase() {
        List<Graph> graphs = Stream.concat(cases(), angles()).map(Case::graph).toList();
        assertEquals(Set.of(Operation.GatedLinear.class), OperationGraphs.kindsMissingIn(graphs, Set.of()), "all but the fused one");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agrees(Case operation) {
        CpuAgreement.check(operation.backend, Precision.F32, operation.graph, TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void agreesInBf16(Graph graph) {
        CpuAgreement.check(PyTorchEngineProvider.BACKEND, Precision.BF16, graph, BF16_TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("angles")
    void agreesOnAngles(Case operation) {
        CpuAgreement.check(operation.backend, Precision.F32, operation.graph, ANGLE_TOLERANCE);
    }

    /** A time step of 999 that was rounded to 8 bits would be 1000, and its waves would be others. */
    @Test
    void anglesInBf16AreOfUnroundedTimeSteps() {
        CpuAgreement.check(PyTorchEngineProvider.BACKEND, Precision.BF16, OperationGraphs.timestepEmbedding(), BF16_TOLERANCE);
    }
}
