package stablediffusion.bench;

import org.junit.jupiter.api.Test;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.network.Configuration;

import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KernelCaseTest {
    /** Nothing is lost and nothing counted twice, over all networks of Stable Diffusion v1. */
    @Test
    void casesAddUpToTheNetworks() {
        List<Graph> graphs = Arrays.stream(Part.values()).map(part -> part.graph(Configuration.v1(), 512, 512)).toList();
        List<KernelCase> cases = KernelCase.of(graphs);
        assertEquals(
                graphs.stream().mapToInt(graph -> graph.operations().size()).sum(), cases.stream().mapToInt(KernelCase::count).sum());
        assertEquals(
                graphs.stream().mapToLong(Graph::multiplyAdds).sum(),
                cases.stream().mapToLong(one -> one.count() * one.operation().multiplyAdds()).sum());
        assertEquals(cases.size(), cases.stream().map(KernelCase::name).distinct().count());
        assertTrue(cases.size() < 250, cases.size() + " cases take too long to measure");
    }

    /** The self-attention at full resolution: 8 heads of 40 over 4096 pixels, five transformers there, a batch of two. */
    @Test
    void attentionOfStableDiffusion() {
        KernelCase attention = KernelCase.of(List.of(Part.UNET.graph(Configuration.v1(), 512, 512))).stream()
                .filter(one -> one.name().equals("attention 2x64x64x320, keys 4096, heads 8"))
                .findFirst()
                .orElseThrow();
        assertEquals(5, attention.count());
        assertEquals(2L * 2 * 2 * 4096 * 4096 * 320, attention.floatingPointOperations());
    }

    /** x [4, 8] · w [8, 16] + b [16]: 32 + 64 values and 128 + 16 weights, of two bytes and of four. */
    @Test
    void bytesOfALinearLayer() {
        GraphBuilder builder = new GraphBuilder("test");
        Value x = builder.input("x", Shape.sequence(1, 4, 8));
        KernelCase linear = KernelCase.of(List.of(builder.build(builder.linear(x, "layer", 16)))).getFirst();
        assertEquals(2 * 4 * 8 * 16, linear.floatingPointOperations());
        assertEquals(4 * (32 + 64) + 2 * (128 + 16), linear.bytes(Precision.F16, Precision.F32));
        assertEquals(4 * (32 + 64 + 128 + 16), linear.bytes(Precision.F32, Precision.F32));
    }
}
