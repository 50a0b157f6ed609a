package stablediffusion.weights;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.UserException;
import stablediffusion.model.network.Configuration;
import stablediffusion.weights.checkpoint.Checkpoint;
import stablediffusion.weights.checkpoint.CheckpointTensor;
import stablediffusion.weights.checkpoint.TensorSpec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SyntheticModelTest {
    @TempDir
    Path folder;

    /** Sum and sum of magnitudes as the reference implementation has them, in float32; its sums are good to about 1e-6 of the latter. */
    @ParameterizedTest
    @CsvSource({
        "model.diffusion_model.time_embed.0.weight, 1280x320, -52.47145188689794, 18263.559095224897",
        "model.diffusion_model.input_blocks.8.0.in_layers.0.weight, 1280, 1281.6051689982414, 1281.6051689982414",
        "model.diffusion_model.middle_block.2.in_layers.2.bias, 1280, 0.21066785203220206, 19.615412140450644",
        "model.diffusion_model.output_blocks.4.1.proj_in.weight, 1280x1280x1x1, -4.723340185534406, 36536.96925814092",
        "first_stage_model.encoder.mid.attn_1.v.weight, 512x512x1x1, 3.5159263481978194, 9230.102783050283",
        "cond_stage_model.transformer.text_model.encoder.layers.8.self_attn.v_proj.bias, 768, 0.5263815457765304, 11.990074801917217"
    })
    void hasTheNumbersOfTheReference(String name, String shape, double sum, double magnitudes) {
        float[] values = SyntheticModel.values(name, Stream.of(shape.split("x")).map(Integer::valueOf).toList());
        double actualSum = 0;
        double actualMagnitudes = 0;
        for (float value : values) {
            actualSum += value;
            actualMagnitudes += Math.abs(value);
        }
        assertEquals(magnitudes, actualMagnitudes, 1e-6 * magnitudes);
        assertEquals(sum, actualSum, 1e-6 * magnitudes);
    }

    @Test
    void hasEveryTensorOfVersion14InItsShape() throws IOException {
        try (var published = getClass().getResourceAsStream("sd_v14_tensors.tsv")) {
            List<String> ours = SyntheticModel.tensors(Configuration.v1()).stream()
                    .skip(12) // the schedule's tables are not in the list
                    .map(tensor -> tensor.name() + "\t" + tensor.shape().stream().map(String::valueOf).collect(Collectors.joining("x")))
                    .sorted()
                    .toList();
            assertEquals(new String(published.readAllBytes(), StandardCharsets.UTF_8).lines().sorted().toList(), ours);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"narrow.ckpt", "narrow.safetensors"})
    void isReadAsItWasWritten(String name) throws IOException {
        Path file = folder.resolve(name);
        SyntheticModel.write(Configuration.narrow(), file, ConversionProgress.NONE);
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            assertEquals(
                    SyntheticModel.tensors(Configuration.narrow()).stream().map(TensorSpec::name).toList(),
                    List.copyOf(checkpoint.tensors().keySet()));
            String weight = "model.diffusion_model.middle_block.1.proj_in.weight";
            CheckpointTensor tensor = checkpoint.tensors().get(weight);
            assertEquals(List.of(128, 128, 1, 1), tensor.shape());
            assertArrayEquals(SyntheticModel.values(weight, tensor.shape()), tensor.toFloats());
            assertEquals(76f, checkpoint.tensors()
                    .get("cond_stage_model.transformer.text_model.embeddings.position_ids")
                    .toFloats()[76]);
            // The tiny-shapes checkpoint has the original's tables.
            try (Checkpoint tiny = Checkpoint.open(TinyShapes.CHECKPOINT)) {
                for (String table : List.of("betas", "alphas_cumprod", "sqrt_one_minus_alphas_cumprod")) {
                    float[] expected = tiny.tensors().get(table).toFloats();
                    float[] actual = checkpoint.tensors().get(table).toFloats();
                    for (int t = 0; t < expected.length; t++) {
                        // Rounding of a running product of 1000 factors in another order.
                        assertEquals(expected[t], actual[t], 1e-6 * expected[t], table);
                    }
                }
            }
        }
        try (var files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void refusesAnUnknownFormatAndLeavesNothingBehind() throws IOException {
        UserException failure = assertThrows(
                UserException.class,
                () -> SyntheticModel.write(Configuration.narrow(), folder.resolve("narrow.bin"), ConversionProgress.NONE));
        assertTrue(failure.getMessage().contains(".safetensors"), failure.getMessage());
        Path taken = Files.createDirectory(folder.resolve("taken.ckpt"));
        failure = assertThrows(UserException.class, () -> SyntheticModel.write(Configuration.narrow(), taken, ConversionProgress.NONE));
        assertTrue(failure.getMessage().contains("it is a directory"), failure.getMessage());
        try (var files = Files.list(folder)) {
            assertEquals(List.of(taken), files.toList());
        }
        assertFalse(Arrays.asList(taken.toFile().list()).iterator().hasNext());
    }
}
