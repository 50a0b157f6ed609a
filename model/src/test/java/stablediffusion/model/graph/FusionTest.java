package stablediffusion.model.graph;

import org.junit.jupiter.api.Test;
import stablediffusion.model.graph.Fusion.Rule;
import stablediffusion.model.graph.Operation.Convolution;
import stablediffusion.model.graph.Operation.GatedLinear;
import stablediffusion.model.graph.Operation.GroupNorm;
import stablediffusion.model.graph.Operation.Linear;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FusionTest {
    private static final Set<Rule> ALL = EnumSet.allOf(Rule.class);

    private final GraphBuilder net = new GraphBuilder("net");
    private final Value x = net.input("x", new Shape(2, 4, 4, 32));

    @Test
    void residualBlockBecomesFourOperations() {
        Value time = net.input("time", Shape.vector(2, 32));
        Value h = net.convolution(net.silu(net.groupNorm(x, "norm1", 32, 1e-5f)), "conv1", 32);
        Value bias = net.linear(time, "emb", 32);
        h = net.addBatchBias(h, bias);
        h = net.convolution(net.silu(net.groupNorm(h, "norm2", 32, 1e-5f)), "conv2", 32);
        Value sum = net.add(x, h);

        Graph fused = Fusion.apply(net.build(sum), ALL);

        assertInOrder(fused);
        assertEquals(5, fused.operations().size());
        assertEquals(Activation.SILU, ((GroupNorm) fused.operations().get(0)).activation());
        // The convolution waits for the linear layer that computes its bias.
        assertEquals("emb", fused.operations().get(1).output().name());
        assertEquals(Optional.of(bias), ((Convolution) fused.operations().get(2)).epilogue().batchBias());
        Convolution last = (Convolution) fused.operations().get(4);
        assertEquals(new Epilogue(Optional.empty(), Activation.NONE, Optional.of(x)), last.epilogue());
        assertEquals(sum, last.output());
        assertEquals(sum, fused.output());
    }

    @Test
    void laterSideOfAnAdditionTakesTheOther() {
        Value main = net.convolution(x, "main", 64);
        Value skip = net.linear(x, "skip", 64);
        Graph fused = Fusion.apply(net.build(net.add(main, skip)), ALL);
        assertInOrder(fused);
        assertEquals(2, fused.operations().size());
        assertEquals(Optional.of(main), ((Linear) fused.operations().get(1)).epilogue().residual());
    }

    @Test
    void activationBeforeResidual() {
        Graph fused = Fusion.apply(net.build(net.add(net.quickGelu(net.linear(x, "fc", 32)), x)), ALL);
        Epilogue epilogue = ((Linear) fused.operations().getFirst()).epilogue();
        assertEquals(1, fused.operations().size());
        assertEquals(new Epilogue(Optional.empty(), Activation.QUICK_GELU, Optional.of(x)), epilogue);
    }

    @Test
    void activationAfterResidualStaysApart() {
        Graph fused = Fusion.apply(net.build(net.silu(net.add(net.linear(x, "fc", 32), x))), ALL);
        assertEquals(2, fused.operations().size());
    }

    @Test
    void batchBiasAfterActivationStaysApart() {
        Value time = net.input("time", Shape.vector(2, 32));
        Graph fused = Fusion.apply(net.build(net.addBatchBias(net.silu(net.linear(x, "fc", 32)), time)), ALL);
        assertEquals(2, fused.operations().size());
        assertInOrder(fused);
    }

    @Test
    void onlySiluGoesIntoGroupNorm() {
        Graph fused = Fusion.apply(net.build(net.quickGelu(net.groupNorm(x, "norm", 32, 1e-5f))), ALL);
        assertEquals(2, fused.operations().size());
    }

    @Test
    void upsamplingGoesIntoItsConvolution() {
        Graph fused = Fusion.apply(net.build(net.silu(net.convolution(net.upsample(x), "conv", 8))), ALL);
        Convolution convolution = (Convolution) fused.operations().getFirst();
        assertEquals(1, fused.operations().size());
        assertTrue(convolution.upsample());
        assertEquals(x, convolution.input());
        assertEquals(Activation.SILU, convolution.epilogue().activation());
    }

    @Test
    void upsamplingBeforeAnotherConvolutionStaysApart() {
        Graph graph = net.build(net.downsample(net.upsample(x), "conv", Operation.Padding.SAME));
        assertEquals(2, Fusion.apply(graph, ALL).operations().size());
    }

    @Test
    void gegluGoesIntoItsLinearLayer() {
        Value output = net.geglu(net.linear(x, "proj", 256), "geglu");
        Graph fused = Fusion.apply(net.build(output), ALL);
        Weight weight = Weight.linear("proj.weight", 32, 256);
        Weight bias = Weight.vector("proj.bias", 256);
        assertEquals(List.of(new GatedLinear(x, weight, Optional.of(bias), output)), fused.operations());
    }

    @Test
    void aValueWithTwoReadersIsKept() {
        Value h = net.linear(x, "fc", 32);
        Graph graph = net.build(net.add(net.silu(h), h));
        assertEquals(3, Fusion.apply(graph, ALL).operations().size());
    }

    @Test
    void aValueAddedToItselfIsKept() {
        Value h = net.linear(x, "fc", 32);
        assertEquals(2, Fusion.apply(net.build(net.add(h, h)), ALL).operations().size());
    }

    @Test
    void theOutputIsKept() {
        Value h = net.linear(x, "fc", 32);
        net.silu(h);
        Graph fused = Fusion.apply(net.build(h), ALL);
        assertEquals(2, fused.operations().size());
        assertEquals(h, fused.operations().getFirst().output());
    }

    @Test
    void noRuleChangesNothing() {
        Graph graph = net.build(net.add(net.silu(net.convolution(net.upsample(x), "conv", 8)), net.convolution(net.upsample(x), "b", 8)));
        assertEquals(graph, Fusion.apply(graph, EnumSet.noneOf(Rule.class)));
        assertSame(graph.output(), Fusion.apply(graph, ALL).output());
    }

    /** Asserts that every value is computed once and before it is read. */
    static void assertInOrder(Graph graph) {
        Set<Value> known = new HashSet<>(graph.inputs());
        List<Value> unknown = new ArrayList<>();
        for (Operation operation : graph.operations()) {
            operation.inputs().stream().filter(value -> !known.contains(value)).forEach(unknown::add);
            assertTrue(known.add(operation.output()), "computed twice: " + operation.output());
        }
        assertEquals(List.of(), unknown);
        assertTrue(known.contains(graph.output()));
    }
}
