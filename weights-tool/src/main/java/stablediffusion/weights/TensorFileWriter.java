package stablediffusion.weights;

import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Writes the numbers of tensors that were announced, one after another.
 */
interface TensorFileWriter extends AutoCloseable {
    /** Large enough for a fast disk, small enough for the copy that a channel makes of it. */
    int CHUNK = 1 << 20;

    /** The numbers of the next tensor, little-endian. */
    void write(byte[] numbers) throws IOException;

    /** Ends the file; all tensors must have been written. */
    @Override
    void close() throws IOException;

    /** Makes the numbers of a tensor. */
    interface Numbers {
        byte[] of(TensorSpec tensor) throws IOException;
    }

    /**
     * Writes a file whole, in the format of its extension; the numbers are made on all processors.
     *
     * @param latentEdge the model's native picture size, where it is known
     * @throws UserException where the extension is neither {@code .ckpt} nor {@code .safetensors}, or the file cannot be written; nothing
     *     is left behind then
     */
    static void write(Path file, List<TensorSpec> tensors, OptionalInt latentEdge, Numbers numbers, ConversionProgress progress) {
        String name = file.getFileName().toString();
        boolean safetensors = name.endsWith(".safetensors");
        if (!safetensors && !name.endsWith(".ckpt")) {
            throw new UserException("cannot tell the format of " + file + ": its name must end in .ckpt or .safetensors");
        }
        progress.start(tensors.stream().mapToLong(TensorSpec::byteSize).sum());
        try (StagedOutput output = StagedOutput.file(file)) {
            FileChannel channel = output.open();
            try (TensorFileWriter writer = safetensors
                    ? new SafetensorsWriter(channel, tensors, metadata(latentEdge))
                    : new TorchWriter(channel, tensors, latentEdge)) {
                Parallel.inOrder(tensors.size(), index -> numbers.of(tensors.get(index)), made -> {
                    writer.write(made);
                    progress.advance(made.length);
                });
            }
            output.commit();
        } catch (IOException failure) {
            throw new UserException("cannot write " + file + ": " + FileFailure.reason(failure), failure);
        }
    }

    private static Map<String, String> metadata(OptionalInt latentEdge) {
        return latentEdge.isPresent() ? Map.of("image_size", String.valueOf(latentEdge.getAsInt())) : Map.of();
    }
}
