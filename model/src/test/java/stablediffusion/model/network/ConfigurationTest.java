package stablediffusion.model.network;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.Blob;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class ConfigurationTest {

    @Test
    void isReadOffTheShapesOfACheckpoint() {
        assertEquals(Configuration.narrow(), Configuration.of(shapes(), OptionalInt.empty()));
    }

    /** Checks that sizes from which no network can be built are refused before one is. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight | 49408 32 | 32 should be 64 or a multiple of it",
        "cond_stage_model.transformer.text_model.embeddings.position_embedding.weight | 0 128 | 0 should be 1 or a multiple of it",
        "model.diffusion_model.input_blocks.0.0.weight | 48 4 3 3 | 48 should be 32 or a multiple of it",
        "model.diffusion_model.input_blocks.1.0.in_layers.2.weight | 16 32 3 3 | 16 should be 32 or a multiple of it",
        "first_stage_model.encoder.conv_in.weight | 0 3 3 3 | 0 should be 32 or a multiple of it",
        "first_stage_model.encoder.down.1.block.0.conv1.weight | 65 32 3 3 | 65 should be 32 or a multiple of it",
    })
    void refusesSizesThatNoNetworkCanHave(String name, String shape, String reason) {
        List<Integer> wrong = Arrays.stream(shape.split(" ")).map(Integer::valueOf).toList();
        Map<String, List<Integer>> shapes = shapes();
        shapes.put(name, wrong);
        UserException failure = assertThrows(UserException.class, () -> Configuration.of(shapes, OptionalInt.empty()));
        assertEquals("not a Stable Diffusion v1 model: tensor " + name + " has shape " + wrong + ", where " + reason, failure.getMessage());
    }

    @Test
    void refusesSizesThatDoNotFitTheTokenizer() {
        Map<String, List<Integer>> shapes = shapes();
        shapes.put("cond_stage_model.transformer.text_model.embeddings.token_embedding.weight", List.of(100, 128));
        UserException failure = assertThrows(UserException.class, () -> Configuration.of(shapes, OptionalInt.empty()));
        assertEquals("not a Stable Diffusion v1 model: text.vocabulary is 100, not from 49408 to 1048576", failure.getMessage());
        UserException edge = assertThrows(UserException.class, () -> Configuration.of(shapes(), OptionalInt.of(9999)));
        assertEquals("not a Stable Diffusion v1 model: latentEdge is 9999, not from 1 to 512", edge.getMessage());
    }

    private static Map<String, List<Integer>> shapes() {
        Map<String, List<Integer>> shapes = new HashMap<>();
        for (Weight weight : Blob.allWeights(Configuration.narrow())) {
            shapes.put(weight.name(), weight.checkpointShape());
        }
        return shapes;
    }
}
