package stablediffusion.model.network;

import org.junit.jupiter.api.Test;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Weight;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Compares the networks at v1's size with the tensors of sd-v1-4.ckpt and the published costs. */
class NetworkTest {
    private static final String POSITION_IDS = Configuration.TEXT + "embeddings.position_ids";

    private final Configuration v1 = Configuration.v1();

    @Test
    void configurationFollowsFromTheCheckpoint() {
        assertEquals(v1, Configuration.of(checkpoint(), OptionalInt.empty()));
        assertEquals(16, Configuration.of(checkpoint(), OptionalInt.of(16)).latentEdge());
        assertEquals(512, v1.nativeSize());
    }

    @Test
    void networksReadEveryTensorOfTheCheckpointInItsShape() {
        Map<String, List<Integer>> checkpoint = checkpoint();
        Set<String> read = new HashSet<>();
        for (Graph graph : graphs()) {
            for (Weight weight : graph.weights()) {
                List<Integer> shape = checkpoint.get(weight.name());
                assertTrue(shape != null && weight.matchesCheckpoint(shape), () -> weight + " against " + shape);
                read.add(weight.name());
            }
        }
        read.add(POSITION_IDS);
        assertEquals(checkpoint.keySet(), read);
    }

    @Test
    void costsAreThePublishedOnes() {
        assertEquals(401.6e9, (double) Unet.graph(v1.unet(), 1, 64, 64, 77).multiplyAdds(), 0.5e9);
        assertEquals(6.7e9, (double) ClipTextEncoder.graph(v1.text(), 1).multiplyAdds(), 0.1e9);
        assertEquals(2.5e12, 2.0 * Vae.decoder(v1.vae(), 1, 64, 64).multiplyAdds(), 0.05e12);
    }

    @Test
    void outputShapes() {
        assertEquals(new Shape(2, 64, 64, 4), Unet.graph(v1.unet(), 2, 64, 64, 77).output().shape());
        assertEquals(new Shape(1, 512, 768, 3), Vae.decoder(v1.vae(), 1, 64, 96).output().shape());
        assertEquals(new Shape(1, 32, 64, 8), Vae.encoder(v1.vae(), 1, 256, 512).output().shape());
        assertEquals(Shape.sequence(2, 77, 768), ClipTextEncoder.graph(v1.text(), 2).output().shape());
    }

    @Test
    void latentsThatDoNotHalveEvenlyPass() {
        assertEquals(new Shape(2, 9, 13, 4), Unet.graph(v1.unet(), 2, 9, 13, 154).output().shape());
    }

    @Test
    void skippedTextLayersAreLeftOut() {
        Set<Weight> all = new HashSet<>(ClipTextEncoder.graph(v1.text(), 1).weights());
        List<Weight> fewer = ClipTextEncoder.graph(v1.text(), 1, 2).weights();
        assertTrue(all.containsAll(fewer));
        assertEquals(all.size() - 2 * 16, fewer.size());
    }

    @Test
    void aMissingTensorIsNamed() {
        Map<String, List<Integer>> shapes = new HashMap<>(checkpoint());
        shapes.remove("first_stage_model.encoder.conv_in.weight");
        String message = assertThrows(UserException.class, () -> Configuration.of(shapes, OptionalInt.empty())).getMessage();
        assertTrue(message.contains("first_stage_model.encoder.conv_in.weight"), message);
    }

    private List<Graph> graphs() {
        return List.of(
                ClipTextEncoder.graph(v1.text(), 2),
                Unet.graph(v1.unet(), 2, 64, 64, 77),
                Vae.encoder(v1.vae(), 1, 512, 512),
                Vae.decoder(v1.vae(), 1, 64, 64));
    }

    /** Reads the names and shapes of the 1131 weights of sd-v1-4.ckpt. */
    private static Map<String, List<Integer>> checkpoint() {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        try (var in = NetworkTest.class.getResourceAsStream("/sd-v1-4-tensors.tsv")) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
                String[] fields = line.split("\t");
                shapes.put(fields[0], Stream.of(fields[1].split("x")).map(Integer::valueOf).toList());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertEquals(1131, shapes.size());
        return shapes;
    }
}
