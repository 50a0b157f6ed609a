package stablediffusion.weights.checkpoint;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Lists the formats in which checkpoints are written. */
public enum CheckpointFormat {
    SAFETENSORS(".safetensors"),
    TORCH(".ckpt");

    private final String extension;

    CheckpointFormat(String extension) {
        this.extension = extension;
    }

    /**
     * Returns the format for the extension of a file name.
     *
     * @throws UserException if no format has this extension
     */
    public static CheckpointFormat of(Path file) {
        for (CheckpointFormat format : values()) {
            if (file.toString().endsWith(format.extension)) {
                return format;
            }
        }
        throw new InvalidRequestException("cannot tell the format of " + file + ": its name must end in "
                + Arrays.stream(values()).map(format -> format.extension).sorted().collect(Collectors.joining(" or ")));
    }

    /**
     * Begins a file.
     *
     * @param tensors all tensors, in the order in which their data will be written
     * @param latentEdge edge of the model's native picture in latent pixels, if known
     */
    public TensorFileWriter writer(FileChannel channel, List<TensorSpec> tensors, OptionalInt latentEdge) throws IOException {
        return switch (this) {
            case SAFETENSORS -> new SafetensorsWriter(channel, tensors, metadata(latentEdge));
            case TORCH -> new TorchWriter(channel, tensors, latentEdge);
        };
    }

    private static Map<String, String> metadata(OptionalInt latentEdge) {
        return latentEdge.isPresent() ? Map.of("image_size", String.valueOf(latentEdge.getAsInt())) : Map.of();
    }
}
