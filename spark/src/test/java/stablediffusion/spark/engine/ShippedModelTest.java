package stablediffusion.spark.engine;

import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.StableDiffusion;
import stablediffusion.model.UserException;
import stablediffusion.model.weights.ModelDirectory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Sends a model and receives it, on the local disk; ClusterTest does so between processes. */
class ShippedModelTest {
    private static final Path CHECKPOINT = Path.of("..", "models", "tiny-shapes", "tiny-shapes.ckpt");

    @TempDir
    private Path folder;
    private Path model;
    private Path place;
    private Path parent;
    private ShippedModel shipped;

    @BeforeEach
    void send() throws IOException {
        Path checkpoint = Files.copy(CHECKPOINT, folder.resolve("shapes.ckpt"));
        StableDiffusion.builder(checkpoint).backend("cpu").load().close();
        model = folder.resolve("shapes");
        place = folder.resolve("place");
        parent = Files.createDirectory(folder.resolve("executor"));
        shipped = ShippedModel.send(ModelDirectory.open(model), new org.apache.hadoop.fs.Path(place.toUri()), new Configuration());
    }

    @Test
    void theCopyIsTheModel() throws IOException {
        Path copy = shipped.receive(parent);
        assertEquals("shapes", copy.getFileName().toString(), "the name is part of the pictures' metadata");
        assertEquals(names(model), names(copy));
        for (String name : names(model)) {
            assertEquals(-1, Files.mismatch(model.resolve(name), copy.resolve(name)), name);
        }
    }

    @Test
    void aDamagedFileIsNoModel() throws IOException {
        // Hadoop's own checksum of local files would find it before ours does.
        Files.deleteIfExists(place.resolve(".unet.f16.crc"));
        byte[] bytes = Files.readAllBytes(place.resolve("unet.f16"));
        bytes[bytes.length / 2] ^= 1;
        Files.write(place.resolve("unet.f16"), bytes);
        assertFails("unet.f16 arrived damaged");
    }

    @Test
    void aMissingFileIsNoModel() throws IOException {
        Files.delete(place.resolve("vae.f16"));
        assertFails("vae.f16 does not exist");
    }

    private void assertFails(String reason) {
        String message = assertThrows(UserException.class, () -> shipped.receive(parent)).getMessage();
        assertTrue(message.startsWith("cannot copy the model from file:") && message.contains(reason), message);
        assertEquals(1, message.lines().count(), message);
        assertTrue(Files.notExists(parent), "no part of a copy is left");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
