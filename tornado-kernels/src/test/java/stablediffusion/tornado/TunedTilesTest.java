package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.tornado.Tiles.Tile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TunedTilesTest {
    @TempDir
    private Path folder;

    /** What a report keeps beside the sizes is none of the engine's business. */
    @Test
    void sizesOfADevice() throws IOException {
        Path file = Files.writeString(folder.resolve("tuning.json"), """
                {"A device": {"tiles": {"linear": {"rows": 16, "columns": 256}, "convolution": {"rows": 64, "columns": 128}, "queries": 8},
                              "report": {"backend": "opencl:0"}}}""");
        assertEquals(Optional.of(new Tiles(new Tile(16, 256), new Tile(64, 128), 8)), TunedTiles.read(file, "A device"));
        assertEquals(Optional.empty(), TunedTiles.read(file, "Another device"));
    }

    @Test
    void withoutAFileNothingIsTuned() {
        assertEquals(Optional.empty(), TunedTiles.read(folder.resolve("none"), "A device"));
    }

    @Test
    void aBrokenFileIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("tuning.json"), "{\"A device\": {\"tiles\": {\"linear\": {\"rows\": 15");
        UserException failure = assertThrows(UserException.class, () -> TunedTiles.read(file, "A device"));
        assertTrue(failure.getMessage().contains("tuning.json"), failure.getMessage());
        assertEquals(List.of(Remedy.TUNE_AGAIN), failure.remedies());
    }

    @Test
    void impossibleSizesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Tile(6, 128));
        assertThrows(IllegalArgumentException.class, () -> new Tile(0, 128));
        assertThrows(IllegalArgumentException.class, () -> new Tile(32, 4096));
        assertThrows(IllegalArgumentException.class, () -> new Tiles(new Tile(32, 128), new Tile(32, 128), 3));
    }

    @Test
    void aGpusTilesFillItsWorkGroups() {
        Tiles odd = new Tiles(new Tile(64, 64), new Tile(64, 72), 64);
        String message = assertThrows(UserException.class, () -> new GpuKernels(odd, 1)).getMessage();
        assertTrue(message.contains("72"), message);
    }
}
