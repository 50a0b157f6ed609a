package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TunedBlockSizesTest {
    @TempDir
    private Path folder;

    /** What a report keeps beside the sizes is none of the engine's business. */
    @Test
    void sizesOfADevice() throws IOException {
        Path file = Files.writeString(folder.resolve("tuning.json"), """
                {"A device": {"blockSizes": {"linear": {"rows": 16, "columns": 256}, "convolution": {"rows": 64, "columns": 128}, "queries": 8},
                              "report": {"backend": "opencl:0"}}}""");
        assertEquals(Optional.of(new BlockSizes(new BlockSize(16, 256), new BlockSize(64, 128), 8)), TunedBlockSizes.read(file, "A device"));
        assertEquals(Optional.empty(), TunedBlockSizes.read(file, "Another device"));
    }

    @Test
    void withoutAFileNothingIsTuned() {
        assertEquals(Optional.empty(), TunedBlockSizes.read(folder.resolve("none"), "A device"));
    }

    @Test
    void aBrokenFileIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("tuning.json"), "{\"A device\": {\"blockSizes\": {\"linear\": {\"rows\": 15");
        UserException failure = assertThrows(UserException.class, () -> TunedBlockSizes.read(file, "A device"));
        assertTrue(failure.getMessage().contains("tuning.json"), failure.getMessage());
        assertEquals(List.of(Remedy.TUNE_AGAIN), failure.remedies());
    }

    /** Earlier versions of the program called the sizes by another name. */
    @Test
    void aFileOfAnEarlierVersionIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("tuning.json"), """
                {"A device": {"tiles": {"linear": {"rows": 16, "columns": 256}, "convolution": {"rows": 64, "columns": 128}, "queries": 8}}}""");
        UserException failure = assertThrows(UserException.class, () -> TunedBlockSizes.read(file, "A device"));
        assertTrue(failure.getMessage().contains("tuning.json"), failure.getMessage());
        assertTrue(failure.getMessage().contains("no block sizes"), failure.getMessage());
        assertEquals(List.of(Remedy.TUNE_AGAIN), failure.remedies());
    }

    @Test
    void impossibleSizesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new BlockSize(6, 128));
        assertThrows(IllegalArgumentException.class, () -> new BlockSize(0, 128));
        assertThrows(IllegalArgumentException.class, () -> new BlockSize(32, 4096));
        assertThrows(IllegalArgumentException.class, () -> new BlockSizes(new BlockSize(32, 128), new BlockSize(32, 128), 3));
    }

    @Test
    void aGpusBlocksFillItsWorkGroups() {
        BlockSizes odd = new BlockSizes(new BlockSize(64, 64), new BlockSize(64, 72), 64);
        String message = assertThrows(UserException.class, () -> new GpuKernels(odd, 1)).getMessage();
        assertTrue(message.contains("72"), message);
    }
}
