package stablediffusion.weights;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.ModelDirectory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ModelDirectoryTest {
    @TempDir
    static Path folder;

    private static Path converted;

    @TempDir
    Path copy;

    @BeforeAll
    static void convert() {
        converted = folder.resolve("tiny");
        Converter.convert(TinyShapes.CHECKPOINT, converted, Converter.Options.standard(), ConversionProgress.NONE);
    }

    @BeforeEach
    void copyIt() throws IOException {
        try (var files = Files.list(converted)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void namesWhatIsMissing() throws IOException {
        assertFails(copy.resolve("nowhere"), "no such model");
        assertFails(TinyShapes.CHECKPOINT, "no converted model");
        Files.delete(copy.resolve("unet.f16"));
        assertFails(copy, "unet.f16 is missing");
    }

    @Test
    void noticesACopyThatIsCutShort() throws IOException {
        try (FileChannel blob = FileChannel.open(copy.resolve("vae.f16"), StandardOpenOption.WRITE)) {
            blob.truncate(blob.size() - 1);
        }
        assertFails(copy, "vae.f16 has");
    }

    @Test
    void refusesAnotherLayout() throws IOException {
        edit("\"layoutVersion\" : 1", "\"layoutVersion\" : 99");
        assertFails(copy, "layout version 99");
    }

    @Test
    void refusesADamagedManifest() throws IOException {
        edit("\"offset\" : 0,", "\"offset\" : 9223372036854775807,");
        assertFails(copy, "damaged");
        Files.writeString(copy.resolve("manifest.json"), "{\"layoutVersion\" : 1}");
        assertFails(copy, "damaged");
        Files.writeString(copy.resolve("manifest.json"), "no JSON");
        assertFails(copy, "damaged");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "/configuration                        | null | configuration must be an object",
        "/configuration/text                   | null | configuration.text must be an object",
        "/configuration/unet                   | null | configuration.unet must be an object",
        "/configuration/text/width             | 0 | configuration.text.width is 0, not a multiple of 64",
        "/configuration/text/width             | null | configuration.text.width must be an integer",
        "/configuration/text/width             | 1e99 | configuration.text.width must be an integer",
        "/configuration/text/layers            | 1000000000 | configuration.text.layers is 1000000000, not from 1 to 100",
        "/configuration/text/vocabulary        | 100 | configuration.text.vocabulary is 100, not from 49408",
        "/configuration/text/positions         | 10 | configuration.text.positions is 10, not 77",
        "/configuration/unet/channels          | -32 | configuration.unet.channels is -32",
        "/configuration/unet/multipliers       | [] | configuration.unet.multipliers has 0 items",
        "/configuration/unet/multipliers       | [1, 2, 2147483647] | unet.multipliers has 2147483647",
        "/configuration/unet/attentionLevels   | [true] | configuration.unet.attentionLevels has 1 items, not 3",
        "/configuration/unet/attentionLevels   | null | configuration.unet.attentionLevels must be a list",
        "/configuration/unet/residualBlocks    | 1000000000 | configuration.unet.residualBlocks is 1000000000",
        "/configuration/unet/contextWidth      | 768 | configuration.unet.contextWidth is 768, not 64",
        "/configuration/vae/channels           | 31 | configuration.vae.channels is 31, not a multiple of 32",
        "/configuration/vae/multipliers        | [] | configuration.vae.multipliers has 0 items",
        "/configuration/vae/multipliers        | [1, null, 2] | configuration.vae.multipliers must be an integer",
        "/configuration/latentEdge             | -1 | configuration.latentEdge is -1, not from 1 to 512",
        "/configuration/latentEdge             | 2147483648 | configuration.latentEdge must be an integer of 32 bits",
        "/source                               | null | source must be an object",
        "/source/size                          | -1 | source.size must be an integer, 0 or more",
        "/precision                            | null | precision must be a string",
        "/precision                            | \"BF16\" | precision must be F16 or F32",
        "/licence                              | 7 | licence must be a string",
        "/defaults/guidanceScale               | 1e400 | defaults.guidanceScale must be a number",
        "/defaults/guidanceScale               | 10000000000000000000000000000000000000000 | defaults.guidanceScale must be a number",
        "/defaults/guidanceScale               | \"5\" | defaults.guidanceScale must be a number",
        "/blobs                                | {} | blobs must be a list",
        "/blobs/0                              | null | blobs[0].size must be an integer",
        "/blobs/0/tensors/0                    | null | blobs[0].tensors[0].shape must be a list",
        "/blobs/0/tensors/0/shape              | [2147483647, 2147483647, 2147483647] | blobs[0].tensors[0].shape must be the sizes",
        "/blobs/0/tensors/0/shape              | [-1, -64] | blobs[0].tensors[0].shape must be the sizes",
        "/blobs/0/tensors/0/shape              | [0] | blobs[0].tensors[0].shape must be the sizes",
        "/blobs/0/tensors/0/checkpointShape    | [1] | blobs[0].tensors[0].checkpointShape must have as many numbers",
        "/blobs/0/tensors/1/offset             | 1 | blobs[0].tensors[1].offset must be a multiple of 64",
        "/blobs/0/tensors/1/offset             | 0 | blobs[0].tensors[1].offset must be a multiple of 64 from",
        "/blobs/0/tensors/1/name               | \"cond_stage_model.transformer.text_model.embeddings.token_embedding.weight\" "
                + "| blobs[0].tensors[1].name is a name that another tensor has",
    })
    void namesTheFieldThatIsWrong(String path, String value, String expected) throws IOException {
        JsonMapper json = new JsonMapper();
        Path manifest = copy.resolve("manifest.json");
        JsonNode root = json.readTree(Files.readAllBytes(manifest));
        int last = path.lastIndexOf('/');
        JsonNode parent = root.at(path.substring(0, last));
        if (parent instanceof ArrayNode list) {
            list.set(Integer.parseInt(path.substring(last + 1)), json.readTree(value));
        } else {
            ((ObjectNode) parent).set(path.substring(last + 1), json.readTree(value));
        }
        Files.write(manifest, json.writeValueAsBytes(root));
        assertTimeoutPreemptively(Duration.ofMinutes(1), () -> assertFails(copy, expected));
    }

    @Test
    void reachesNoFileOutside() throws IOException {
        edit("\"clip.f16\"", "\"../tiny/clip.f16\"");
        assertFails(copy, "../tiny/clip.f16 is missing");
    }

    @Test
    void namesAWeightThatIsMissingOrOfAnotherShape() {
        ModelDirectory model = ModelDirectory.open(copy);
        try (Arena arena = Arena.ofConfined()) {
            String name = "first_stage_model.decoder.conv_in.bias";
            assertEquals(128, model.read(Weight.vector(name, 128), arena).size());
            UserException shape = assertThrows(UserException.class, () -> model.read(Weight.vector(name, 64), arena));
            assertTrue(shape.getMessage().contains(name + " has shape [128], expected [64]"), shape.getMessage());
            UserException missing = assertThrows(UserException.class, () -> model.read(Weight.vector("absent", 64), arena));
            assertTrue(missing.getMessage().contains("absent"), missing.getMessage());
        }
    }

    private void edit(String from, String to) throws IOException {
        Path manifest = copy.resolve("manifest.json");
        String text = Files.readString(manifest);
        assertTrue(text.contains(from));
        Files.writeString(manifest, text.replace(from, to));
    }

    private static void assertFails(Path folder, String expected) {
        UserException failure = assertThrows(UserException.class, () -> ModelDirectory.open(folder));
        assertTrue(failure.getMessage().contains(expected), failure.getMessage());
    }
}
