package stablediffusion.weights;

import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;
import stablediffusion.weights.checkpoint.CheckpointFormat;
import stablediffusion.weights.checkpoint.TensorFileWriter;
import stablediffusion.weights.checkpoint.TensorSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** Writes whole checkpoints. */
final class CheckpointWriter {
    private CheckpointWriter() {}

    /** Computes the data of a tensor, little-endian. */
    interface DataSource {
        byte[] of(TensorSpec tensor) throws IOException;
    }

    /**
     * Writes a checkpoint in the format of its extension. The data is computed on all processors.
     *
     * @param latentEdge edge of the model's native picture in latent pixels, if known
     * @throws UserException if the extension is neither {@code .ckpt} nor {@code .safetensors}, or the file cannot be written; nothing is
     *     left behind then
     */
    static void write(Path file, List<TensorSpec> tensors, OptionalInt latentEdge, DataSource data, ConversionProgress progress) {
        CheckpointFormat format = CheckpointFormat.of(file);
        progress.start(tensors.stream().mapToLong(TensorSpec::byteSize).sum());
        try (StagedOutput output = StagedOutput.file(file)) {
            try (TensorFileWriter writer = format.writer(output.open(), tensors, latentEdge)) {
                Parallel.inOrder(tensors.size(), index -> data.of(tensors.get(index)), bytes -> {
                    writer.write(bytes);
                    progress.advance(bytes.length);
                });
            }
            output.commit();
        } catch (IOException failure) {
            throw new UserException("cannot write " + file + ": " + FileFailure.reason(failure), failure);
        }
    }
}
