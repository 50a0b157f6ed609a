package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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

class BlockSizesFileTest {
    @TempDir
    private Path folder;

    /** The engine does not look at the report. */
    @Test
    void sizesOfADevice() throws IOException {
        Path file = Files.writeString(folder.resolve("tuning.json"), """
                {"A device": {"blockSizes": {"linear": {"rows": 16, "columns": 256}, "convolution": {"rows": 64, "columns": 128}, "queries": 8},
                              "report": {"backend": "opencl:0"}}}""");
        assertEquals(Optional.of(new BlockSizes(new BlockSize(16, 256), new BlockSize(64, 128), 8)),
                new BlockSizesFile(file).blockSizes("A device"));
        assertEquals(Optional.empty(), new BlockSizesFile(file).blockSizes("Another device"));
    }

    @Test
    void withoutAFileNothingIsTuned() {
        assertEquals(Optional.empty(), new BlockSizesFile(folder.resolve("none")).blockSizes("A device"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"A device\": {\"blockSizes\": {\"linear\": {\"rows\": 15", "null", "", "[]", "{\"A device\": null}",
        "{\"A device\": {\"blockSizes\": null}}"})
    void aBrokenFileIsNamed(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("tuning.json"), text);
        UserException failure = assertThrows(UserException.class, () -> new BlockSizesFile(file).blockSizes("A device"));
        assertTrue(failure.getMessage().contains("tuning.json"), failure.getMessage());
        assertEquals(List.of(Remedy.TUNE_AGAIN), failure.remedies());
    }

    /** Earlier versions of the program called the sizes by another name. */
    @Test
    void aFileOfAnEarlierVersionIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("tuning.json"),
                """
                {"A device": {"tiles": {"linear": {"rows": 16, "columns": 256}, "convolution": {"rows": 64, "columns": 128}, "queries": 8}}}""");
        UserException failure = assertThrows(UserException.class, () -> new BlockSizesFile(file).blockSizes("A device"));
        assertTrue(failure.getMessage().contains("tuning.json"), failure.getMessage());
        assertTrue(failure.getMessage().contains("no block sizes"), failure.getMessage());
        assertEquals(List.of(Remedy.TUNE_AGAIN), failure.remedies());
    }

    /** As the command line writes it. */
    private record Report(String backend) {}

    @Test
    void anEntryIsReplacedAndTheOthersStay() throws IOException {
        Path path = folder.resolve("tuning.json");
        BlockSizesFile file = new BlockSizesFile(path);
        BlockSizes first = new BlockSizes(new BlockSize(16, 256), new BlockSize(64, 128), 8);
        BlockSizes second = new BlockSizes(new BlockSize(32, 64), new BlockSize(64, 64), 16);
        Files.writeString(path, file.with("B", first, new Report("opencl:1")));
        Files.writeString(path, file.with("A", first, new Report("old")));
        Files.writeString(path, file.with("A", second, new Report("opencl:0")));
        assertEquals(Optional.of(second), file.blockSizes("A"));
        assertEquals(Optional.of(first), file.blockSizes("B"));
        assertEquals(List.of(new Report("opencl:0"), new Report("opencl:1")), file.reports(Report.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"A\": ", "null"})
    void tuningAgainReplacesABrokenFile(String text) throws IOException {
        Path path = Files.writeString(folder.resolve("tuning.json"), text);
        BlockSizesFile file = new BlockSizesFile(path);
        BlockSizes sizes = new BlockSizes(new BlockSize(16, 256), new BlockSize(64, 128), 8);
        Files.writeString(path, file.with("A", sizes, new Report("opencl:0")));
        assertEquals(Optional.of(sizes), file.blockSizes("A"));
    }
}
