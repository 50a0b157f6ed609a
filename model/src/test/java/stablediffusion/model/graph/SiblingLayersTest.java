package stablediffusion.model.graph;

import org.junit.jupiter.api.Test;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Operation.Linear;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.testing.MemoryWeights;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.model.testing.ReferenceInterpreter;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

class SiblingLayersTest {
    private final GraphBuilder net = new GraphBuilder("net");
    private final Value x = net.input("x", Shape.sequence(2, 3, 8));

    private static List<String> names(List<Operation> operations) {
        return operations.stream().map(operation -> operation.output().name()).toList();
    }

    @Test
    void layersOfOneInputComeTogetherWhereTheFirstWas() {
        Value h = net.layerNorm(net.linear(x, "a", 8), "norm", 1e-5f);
        Value other = net.linear(h, "other", 8);
        Graph gathered = SiblingLayers.gather(net.build(net.add(other, net.linear(x, "b", 8))));
        assertEquals(List.of("a", "b", "norm", "other", "b"), names(gathered.operations()));
        List<List<Operation>> together = SiblingLayers.together(gathered.operations());
        assertEquals(List.of(List.of("a", "b"), List.of("norm"), List.of("other"), List.of("b")),
                together.stream().map(SiblingLayersTest::names).toList());
    }

    @Test
    void aLayerThatReadsMoreStaysWhereItIs() {
        Value a = net.linear(x, "a", 8);
        Value norm = net.layerNorm(a, "norm", 1e-5f);
        Graph fused = Fusion.apply(net.build(net.add(norm, net.linear(x, "b", 8))), Set.of(Fusion.Rule.RESIDUAL));
        assertEquals(List.of("a", "norm", "b"), names(SiblingLayers.gather(fused).operations()));
        assertEquals(3, SiblingLayers.together(SiblingLayers.gather(fused).operations()).size());
    }

    @Test
    void layersWithAndWithoutBiasStayApart() {
        Value sum = net.add(net.linear(x, "a", 8), net.linearWithoutBias(x, "b", 8));
        assertEquals(3, SiblingLayers.together(SiblingLayers.gather(net.build(sum)).operations()).size());
    }

    /** In the UNet: the time embedding's layers, the context's keys and values, and query, key and value of each block. */
    @Test
    void familiesOfTheUnet() {
        Configuration v1 = Configuration.v1();
        Graph unet = Fusion.apply(
                Unet.graph(v1.unet(), 2, 8, 8, v1.text().positions()), Set.of(Fusion.Rule.BATCH_BIAS, Fusion.Rule.ACTIVATION));
        List<Integer> sizes = SiblingLayers.together(SiblingLayers.gather(unet).operations()).stream()
                .filter(together -> together.getFirst() instanceof Linear && together.size() > 1)
                .map(List::size)
                .sorted()
                .toList();
        assertEquals(18, sizes.size());
        assertEquals(List.of(3, 22, 32), sizes.subList(15, 18));
    }

    /** Any order that {@code gather} makes computes the same, to the bit. */
    @Test
    void theGatheredGraphComputesTheSame() {
        Configuration.Unet small = new Configuration.Unet(4, 32, List.of(1, 2), 1, List.of(true, false), 16);
        Graph unet = Unet.graph(small, 1, 4, 4, 5);
        Graph gathered = SiblingLayers.gather(unet);
        assertEquals(new HashSet<>(unet.operations()), new HashSet<>(gathered.operations()));
        assertNotEquals(unet.operations(), gathered.operations(), "nothing was gathered");
        MemoryWeights weights = RandomNumbers.weights(unet);
        Map<String, Tensor> inputs = RandomNumbers.inputs(unet);
        assertArrayEquals(
                ReferenceInterpreter.run(unet, weights, inputs).values(), ReferenceInterpreter.run(gathered, weights, inputs).values());
    }
}
