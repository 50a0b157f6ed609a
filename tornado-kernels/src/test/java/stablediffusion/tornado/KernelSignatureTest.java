package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;

import java.util.function.BiFunction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/** Operations of equal signatures share compiled code, so whatever changes the code must change the signature. */
class KernelSignatureTest {
    private static final Shape SHAPE = new Shape(2, 4, 4, 32);

    /** Returns the signature of the last operation of a fused network of one input. */
    private static Object signature(BiFunction<GraphBuilder, Value, Value> network) {
        return signature(SHAPE, network);
    }

    private static Object signature(Shape input, BiFunction<GraphBuilder, Value, Value> network) {
        GraphBuilder net = new GraphBuilder("net");
        Graph graph = Fusion.apply(net.build(network.apply(net, net.input("x", input))), FloatKernels.RULES);
        return KernelSignature.of(graph.operations().getLast());
    }

    @Test
    void layersThatDifferInTheirTensorsAloneAreEqual() {
        assertEquals(signature((net, x) -> net.linear(x, "one", 8)), signature((net, x) -> net.linear(x, "other", 8)));
        assertEquals(
                signature((net, x) -> net.add(x, net.convolution(x, "one", 32))),
                signature((net, x) -> net.add(net.silu(x), net.convolution(net.silu(x), "other", 32))));
    }

    @Test
    void whatChangesTheKernelChangesTheSignature() {
        Object linear = signature((net, x) -> net.linear(x, "layer", 32));
        assertNotEquals(linear, signature((net, x) -> net.linear(x, "layer", 31)));
        assertNotEquals(linear, signature(new Shape(2, 4, 2, 32), (net, x) -> net.linear(x, "layer", 32)));
        assertNotEquals(linear, signature((net, x) -> net.linearWithoutBias(x, "layer", 32)));
        assertNotEquals(linear, signature((net, x) -> net.silu(net.linear(x, "layer", 32))));
        assertNotEquals(linear, signature((net, x) -> net.add(x, net.linear(x, "layer", 32))));
        assertNotEquals(
                signature((net, x) -> net.convolution(x, "layer", 32)),
                signature((net, x) -> net.convolution(net.upsample(x), "layer", 32)));
        assertNotEquals(
                signature((net, x) -> net.downsample(x, "layer", Operation.Padding.SAME)),
                signature((net, x) -> net.downsample(x, "layer", Operation.Padding.AFTER)));
        assertNotEquals(
                signature((net, x) -> net.groupNorm(x, "layer", 4, 1e-5f)), signature((net, x) -> net.groupNorm(x, "layer", 4, 1e-6f)));
        assertNotEquals(
                signature((net, x) -> net.attention(x, x, x, "layer", 4)), signature((net, x) -> net.attention(x, x, x, "layer", 8)));
        assertNotEquals(
                signature((net, x) -> net.attention(x, x, x, "layer", 4)), signature((net, x) -> net.causalAttention(x, x, x, "layer", 4)));
    }
}
