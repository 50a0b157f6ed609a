package stablediffusion.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.text.Tokenizer;
import stablediffusion.model.weights.ModelDirectory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static stablediffusion.cli.CommandLineRun.assertFails;

/** Runs prompts with LoRAs and embeddings. */
class GenerateAddOnsTest {
    private static final String TOKENS = "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight";

    @TempDir
    private Path folder;

    private ModelDirectory model;

    private record Values(String name, String shape, float[] values) {}

    @BeforeEach
    void openModel() {
        model = ModelDirectory.open(SharedModel.folder());
    }

    /** A word whose vector is another word's is that word. */
    @Test
    void anEmbeddingIsReadAsItsVector() throws IOException {
        Configuration.Text text = model.configuration().text();
        int star = new Tokenizer().encode("star").getFirst();
        float[] vector;
        try (Arena arena = Arena.ofConfined()) {
            float[] table = model.read(Weight.table(TOKENS, text.vocabulary(), text.width()), arena).toFloats();
            vector = Arrays.copyOfRange(table, star * text.width(), (star + 1) * text.width());
        }
        write("zvezda.safetensors", new Values("emb_params", "1," + text.width(), vector));
        assertArrayEquals(picture("a red star").rgb(), picture("a red Zvezda").rgb());
    }

    @Test
    void aLoraChangesThePictureByItsWeight() throws IOException {
        writeLora("strong", model.configuration().unet().channels());
        Picture without = picture("a red star");
        assertArrayEquals(without.rgb(), picture("a red star <lora:strong:0>").rgb());
        assertTrue(without.psnr(picture("a red star <lora:strong:0.8>")) < 40);

        // Prompts in a row may ask for different ones.
        Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a red star <lora:strong>\na red star\n");
        CommandLineRun run =
                CommandLineRun.of(arguments("--prompts-file", prompts.toString(), "-o", folder.resolve("{index}.png").toString()));
        assertEquals(0, run.exitCode(), run.err());
        assertArrayEquals(without.rgb(), read("2.png").rgb());
        assertTrue(without.psnr(read("1.png")) < 40);
    }

    /** The file is the same to the byte, metadata too. */
    @Test
    void theLibraryMakesTheSameImage() throws IOException {
        writeLora("strong", model.configuration().unet().channels());
        Picture ignored = picture("a red star <lora:strong:0.8>");
        assertEquals(64, ignored.width());
        try (StableDiffusion library = StableDiffusion.builder(SharedModel.folder())
                .loraFolder(folder)
                .embeddingFolder(folder)
                .precision(Precision.F32)
                .load()) {
            GenerationRequest request = GenerationRequest.prompt("a red star <lora:strong:0.8>")
                    .steps(2)
                    .size(64, 64)
                    .seed(1)
                    .sampler("euler")
                    .build();
            library.generate(request).save(folder.resolve("library.png"));
        }
        assertArrayEquals(Files.readAllBytes(folder.resolve("picture.png")), Files.readAllBytes(folder.resolve("library.png")));
    }

    @Test
    void whatIsNotThereOrForAnotherModelIsSaid() throws IOException {
        assertFails(2, "there is no LoRA 'absent' in the folder", arguments("a star <lora:absent:0.5>"));
        writeLora("wide", 320);
        assertFails(2, "there are wide", arguments("a star <lora:absent:0.5>"));
        assertFails(1, "is a LoRA for another model", arguments("a star <lora:wide:0.5>"));
        assertFails(2, "not in the negative prompt", arguments("a star", "-n", "<lora:wide:0.5>"));
        write("broad.safetensors", new Values("emb_params", "1,768", new float[768]));
        assertFails(1, "was trained for another model", arguments("a broad star"));
    }

    /** Rank 1, on the convolution that puts out the noise. */
    private void writeLora(String name, int channels) throws IOException {
        float[] down = new float[channels * 9];
        Arrays.fill(down, 0.02f);
        write(
                name + ".safetensors",
                new Values("lora_unet_conv_out.lora_down.weight", "1," + channels + ",3,3", down),
                new Values("lora_unet_conv_out.lora_up.weight", "4,1,1,1", new float[] {1, -1, 1, -1}));
    }

    private void write(String file, Values... tensors) throws IOException {
        List<String> header = new ArrayList<>();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (Values tensor : tensors) {
            ByteBuffer bytes = ByteBuffer.allocate(4 * tensor.values.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(tensor.values);
            int begin = data.size();
            data.write(bytes.array());
            header.add("\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%d,%d]}".formatted(tensor.name, tensor.shape, begin,
                    data.size()));
        }
        byte[] json = ("{" + String.join(",", header) + "}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer whole = ByteBuffer.allocate(8 + json.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(folder.resolve(file), whole.putLong(json.length).put(json).put(data.toByteArray()).array());
    }

    private Picture picture(String prompt) {
        CommandLineRun run = CommandLineRun.of(arguments(prompt, "-o", folder.resolve("picture.png").toString()));
        assertEquals(0, run.exitCode(), run.err());
        return read("picture.png");
    }

    private String[] arguments(String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "generate", "--steps", "2", "-W", "64", "-H", "64", "-s", "1", "--sampler", "euler", "--precision", "f32", "-m",
                SharedModel.folder().toString(), "--lora-dir", folder.toString(), "--embedding-dir", folder.toString()));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    private Picture read(String name) {
        return Picture.fromImage(PictureFile.read(folder.resolve(name)));
    }
}
