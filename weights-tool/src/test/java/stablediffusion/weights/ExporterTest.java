package stablediffusion.weights;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.checkpoint.Checkpoint;
import stablediffusion.weights.checkpoint.CheckpointTensor;
import stablediffusion.weights.checkpoint.ElementType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ExporterTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"F16, tiny.safetensors", "F32, tiny.safetensors", "F16, tiny.ckpt"})
    void givesBackWhatWasConverted(Precision precision, String name) {
        Path file = folder.resolve(name);
        Exporter.export(convert(folder.resolve("tiny"), TinyShapes.CHECKPOINT, precision), file, ConversionProgress.NONE);
        try (Checkpoint original = Checkpoint.open(TinyShapes.CHECKPOINT);
                Checkpoint exported = Checkpoint.open(file)) {
            // The original was saved with some tables of the schedule, an export has all.
            assertTrue(exported.tensors().keySet().containsAll(original.tensors().keySet()));
            assertEquals(original.latentEdge(), exported.latentEdge());
            original.tensors().forEach((tensorName, tensor) -> {
                CheckpointTensor back = exported.tensors().get(tensorName);
                assertEquals(tensor.shape(), back.shape());
                // Half floats survive both precisions exactly; the tables are computed anew and differ in their last bits.
                float tolerance = tensor.type() == ElementType.F32 ? 1e-6f : 0;
                assertArrayEquals(tensor.toFloats(), back.toFloats(), tolerance, tensorName);
            });
        }
    }

    @Test
    void convertsTheSameAgain() throws IOException {
        ModelDirectory first = convert(folder.resolve("first"), TinyShapes.CHECKPOINT, Precision.F16);
        Path file = folder.resolve("between.safetensors");
        Exporter.export(first, file, ConversionProgress.NONE);
        ModelDirectory second = convert(folder.resolve("second"), file, Precision.F16);
        assertEquals(first.configuration(), second.configuration());
        for (Manifest.BlobFile blob : first.manifest().blobs()) {
            assertEquals(-1, Files.mismatch(first.folder().resolve(blob.file()), second.folder().resolve(blob.file())), blob.file());
        }
        assertEquals(first.manifest().blobs(), second.manifest().blobs());
    }

    @Test
    void refusesAPlaceThatCannotBeWritten() {
        ModelDirectory model = convert(folder.resolve("tiny"), TinyShapes.CHECKPOINT, Precision.F16);
        Path impossible = TinyShapes.CHECKPOINT.resolve("x.safetensors");
        UserException failure = assertThrows(UserException.class, () -> Exporter.export(model, impossible, ConversionProgress.NONE));
        assertTrue(failure.getMessage().startsWith("cannot write " + impossible), failure.getMessage());
    }

    private static ModelDirectory convert(Path folder, Path checkpoint, Precision precision) {
        return Converter.convert(checkpoint, folder, new Converter.Options(precision, false, Optional.empty()), ConversionProgress.NONE);
    }
}
