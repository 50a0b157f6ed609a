package stablediffusion.weights;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.ModelDirectory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
