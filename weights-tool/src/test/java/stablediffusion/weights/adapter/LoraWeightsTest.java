package stablediffusion.weights.adapter;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Blob;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.model.weights.WeightData;
import stablediffusion.weights.ConversionProgress;
import stablediffusion.weights.Converter;
import stablediffusion.weights.Inspection;
import stablediffusion.weights.Resources;
import stablediffusion.weights.TestCheckpoints;
import stablediffusion.weights.TinyShapes;
import stablediffusion.weights.adapter.LoraWeights.Applied;
import stablediffusion.weights.checkpoint.ElementType;
import stablediffusion.weights.checkpoint.TensorSpec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LoraWeightsTest {
    /** Rank 2 to 4, random numbers in f16: two linear layers (one of the text encoder), a convolution of 1 pixel and one of 3x3. */
    private static final Path LORA = Resources.file("lora.safetensors");

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofConfined();
    private ModelDirectory model;

    @BeforeEach
    void convert() {
        model = Converter.convert(TinyShapes.CHECKPOINT, folder.resolve("tiny"), Converter.Options.standard(), ConversionProgress.NONE);
    }

    @AfterEach
    void close() {
        arena.close();
    }

    /**
     * W + 0.8 · alpha / rank · up · down, in the checkpoint's layout, by numpy in float64: the first and last number, the sum of each number
     * times the cosine of its index, the sum of magnitudes.
     */
    @ParameterizedTest
    @CsvSource({
        "model.diffusion_model.input_blocks.3.1.transformer_blocks.0.attn1.to_q.weight,"
                + " 0.09029701948165894, -0.014452234469354154, 2.1793828273016853, 805.1227970935096",
        "model.diffusion_model.middle_block.1.proj_in.weight,"
                + " 0.02777371406555176, 0.05579657256603241, -2.770329980750714, 799.9551973052692",
        "model.diffusion_model.output_blocks.1.0.in_layers.2.weight,"
                + " -0.0835328757762909, -0.0334197998046875, -22.923438980827196, 8156.403559681187",
        "cond_stage_model.transformer.text_model.encoder.layers.3.mlp.fc1.weight,"
                + " 0.13277366680558772, 0.03958737850189209, 5.909508439498456, 1074.5712042690532"
    })
    void addsTheProductToTheWeight(String name, double first, double last, double cosines, double magnitudes) {
        LoraWeights merged = new LoraWeights(model, model.configuration(), List.of(new Applied(Lora.read(LORA), 0.8f)));
        float[] values = inCheckpointLayout(merged, name);
        double actualCosines = 0;
        double actualMagnitudes = 0;
        for (int i = 0; i < values.length; i++) {
            actualCosines += values[i] * Math.cos(i);
            actualMagnitudes += Math.abs(values[i]);
        }
        // Float32 against float64: each number is off by 1e-8 or so, and no sum by more than as many.
        assertEquals(first, values[0], 1e-7);
        assertEquals(last, values[values.length - 1], 1e-7);
        assertEquals(cosines, actualCosines, 1e-7 * magnitudes);
        assertEquals(magnitudes, actualMagnitudes, 1e-7 * magnitudes);
    }

    @Test
    void networksCanHaveStrengthsOfTheirOwn() {
        Lora lora = Lora.read(LORA);
        LoraWeights apart = new LoraWeights(model, model.configuration(), List.of(new Applied(lora, 0.3f, 0.8f)));
        LoraWeights text = new LoraWeights(model, model.configuration(), List.of(new Applied(lora, 0.3f)));
        LoraWeights unet = new LoraWeights(model, model.configuration(), List.of(new Applied(lora, 0.8f)));
        String inText = "cond_stage_model.transformer.text_model.encoder.layers.3.mlp.fc1.weight";
        String inUnet = "model.diffusion_model.middle_block.1.proj_in.weight";
        assertArrayEquals(inCheckpointLayout(text, inText), inCheckpointLayout(apart, inText));
        assertArrayEquals(inCheckpointLayout(unet, inUnet), inCheckpointLayout(apart, inUnet));
    }

    @Test
    void leavesOtherWeightsAndTheModelAlone() {
        LoraWeights merged = new LoraWeights(model, model.configuration(), List.of(new Applied(Lora.read(LORA), 1)));
        int changed = 0;
        for (Weight weight : Blob.allWeights(model.configuration())) {
            float[] before = model.read(weight, arena).toFloats();
            float[] after = merged.read(weight, arena).toFloats();
            changed += Arrays.equals(before, after) ? 0 : 1;
        }
        assertEquals(4, changed);
        assertTrue(new Inspectable(model.folder()).isUndamaged());
    }

    @Test
    void addsUpSeveralAndTakesThemOff() {
        Lora lora = Lora.read(LORA);
        String name = "model.diffusion_model.output_blocks.1.0.in_layers.2.weight";
        float[] once = inCheckpointLayout(weights(new Applied(lora, 0.6f)), name);
        float[] inParts = inCheckpointLayout(weights(new Applied(lora, 0.5f), new Applied(lora, 0.1f)), name);
        float[] unchanged = inCheckpointLayout(weights(new Applied(lora, 0.7f), new Applied(lora, -0.7f)), name);
        // Rounding of sums of numbers below 1.
        assertArrayEquals(once, inParts, 1e-6f);
        assertArrayEquals(inCheckpointLayout(weights(), name), unchanged, 1e-6f);
    }

    @Test
    void knowsTheLayersOfKohyasScripts() {
        Map<String, Weight> layers = KohyaNames.layers(Configuration.v1());
        // The scripts' standard set for Stable Diffusion v1: 264 modules.
        assertEquals(72, layers.keySet().stream().filter(name -> name.startsWith("lora_te_text_model_encoder_layers_")).count());
        assertEquals(192, layers.keySet().stream().filter(name -> name.contains("_attentions_")).count());
        Map<String, String> known = Map.of(
                "lora_te_text_model_encoder_layers_11_self_attn_out_proj",
                "cond_stage_model.transformer.text_model.encoder.layers.11.self_attn.out_proj.weight",
                "lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_attn2_to_out_0",
                "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_out.0.weight",
                "lora_unet_down_blocks_2_attentions_1_proj_out",
                "model.diffusion_model.input_blocks.8.1.proj_out.weight",
                "lora_unet_mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj",
                "model.diffusion_model.middle_block.1.transformer_blocks.0.ff.net.0.proj.weight",
                "lora_unet_up_blocks_1_attentions_0_proj_in",
                "model.diffusion_model.output_blocks.3.1.proj_in.weight",
                "lora_unet_up_blocks_3_attentions_2_transformer_blocks_0_ff_net_2",
                "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.ff.net.2.weight",
                "lora_unet_down_blocks_1_resnets_0_conv_shortcut",
                "model.diffusion_model.input_blocks.4.0.skip_connection.weight",
                "lora_unet_down_blocks_0_downsamplers_0_conv",
                "model.diffusion_model.input_blocks.3.0.op.weight",
                "lora_unet_up_blocks_0_upsamplers_0_conv",
                "model.diffusion_model.output_blocks.2.1.conv.weight",
                "lora_unet_mid_block_resnets_1_time_emb_proj",
                "model.diffusion_model.middle_block.2.emb_layers.1.weight");
        known.forEach((kohya, compVis) -> assertEquals(compVis, layers.get(kohya).name()));
        assertEquals("model.diffusion_model.input_blocks.0.0.weight", layers.get("lora_unet_conv_in").name());
        assertEquals("model.diffusion_model.time_embed.2.weight", layers.get("lora_unet_time_embedding_linear_2").name());
    }

    @Test
    void refusesALoraForAnotherModel() {
        String layer = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k";
        assertRefused(lora(layer, List.of(2, 768), List.of(1280, 2)), "for another model", layer, "from 768 to 1280 channels");
        String unknown = "lora_te1_text_model_encoder_layers_0_mlp_fc1";
        assertRefused(lora(unknown, List.of(2, 64), List.of(256, 2)), "for another model", "no layer " + unknown);
        String linear = "lora_te_text_model_encoder_layers_0_mlp_fc1";
        assertRefused(lora(linear, List.of(2, 64, 3, 3), List.of(256, 2, 1, 1)), "for another model", "9 taps");
        assertRefused(lora(linear, List.of(2, 64), List.of(256, 3)), linear, "do not go together");
    }

    @Test
    void refusesWhatIsNoLora() throws IOException {
        assertRefused(TinyShapes.CHECKPOINT, "no LoRA in kohya's naming");
        assertRefused(folder.resolve("missing.safetensors"), "no such file");
        assertRefused(write(Map.of("lora_unet_conv_in.lora_down.weight", List.of(2, 4))), "lora_unet_conv_in.lora_up.weight is missing");
        assertRefused(write(Map.of("lora_unet_conv_in.lora_up.weight", List.of(4, 2))), "lora_unet_conv_in.lora_down.weight is missing");
        Map<String, List<Integer>> noAlpha =
                Map.of("lora_x.lora_down.weight", List.of(2, 4), "lora_x.lora_up.weight", List.of(4, 2), "lora_x.alpha", List.of(0));
        assertRefused(write(noAlpha), "alpha of layer lora_x has 0 numbers instead of one");
        assertRefused(write(Map.of("lora_unet_conv_in.hada_w1_a", List.of(4, 2))), "hada_w1_a", "not supported");
    }

    private void assertRefused(Path file, String... expected) {
        UserException failure = assertThrows(UserException.class, () -> weights(new Applied(Lora.read(file), 1)));
        for (String part : expected) {
            assertTrue(failure.getMessage().contains(part), failure.getMessage());
        }
        assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
    }

    private LoraWeights weights(Applied... loras) {
        return new LoraWeights(model, model.configuration(), List.of(loras));
    }

    private float[] inCheckpointLayout(LoraWeights weights, String name) {
        Weight weight = Blob.allWeights(model.configuration()).stream()
                .filter(any -> any.name().equals(name))
                .findFirst()
                .orElseThrow();
        float[] restored = new float[weight.size()];
        float[] stored = weights.read(weight, arena).toFloats();
        TestCheckpoints.restore(
                new WeightData(Precision.F32, MemorySegment.ofArray(stored)),
                weight,
                MemorySegment.ofArray(restored));
        return restored;
    }

    private Path lora(String layer, List<Integer> down, List<Integer> up) {
        return write(Map.of(layer + ".lora_down.weight", down, layer + ".lora_up.weight", up));
    }

    /** Zeros of these shapes. */
    private Path write(Map<String, List<Integer>> shapes) {
        Path file = folder.resolve("made" + System.nanoTime() + ".safetensors");
        List<TensorSpec> tensors = new ArrayList<>();
        new TreeMap<>(shapes).forEach((name, shape) -> tensors.add(new TensorSpec(name, ElementType.F32, shape)));
        TestCheckpoints.writeZeros(file, tensors);
        return file;
    }

    private record Inspectable(Path folder) {
        boolean isUndamaged() {
            try (Inspection inspection = Inspection.of(folder)) {
                return inspection.damaged().isEmpty();
            }
        }
    }
}
