package stablediffusion.weights;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Blob;
import stablediffusion.model.weights.Manifest.BlobFile;
import stablediffusion.model.weights.Manifest.Entry;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.checkpoint.ElementType;
import stablediffusion.weights.checkpoint.TensorSpec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Exports a converted model as a checkpoint, in the precision of the blobs. The inverse of {@link Converter}.
 */
public final class Exporter {
    private Exporter() {}

    /**
     * Writes a checkpoint with the tensor names and shapes of the original checkpoint.
     *
     * @param file target, with the extension {@code .safetensors} or {@code .ckpt}
     * @throws stablediffusion.model.UserException if the file cannot be written; nothing is left behind then
     */
    public static void export(ModelDirectory model, Path file, ConversionProgress progress) {
        Configuration configuration = model.configuration();
        Map<String, Weight> weights = new HashMap<>();
        Blob.allWeights(configuration).forEach(weight -> weights.put(weight.name(), weight));
        ConstantTensors constants = new ConstantTensors(configuration);
        List<TensorSpec> tensors = new ArrayList<>(constants.specs());
        ElementType type = model.manifest().precision() == Precision.F16 ? ElementType.F16 : ElementType.F32;
        for (BlobFile blob : model.manifest().blobs()) {
            for (Entry entry : blob.tensors()) {
                tensors.add(new TensorSpec(entry.name(), type, entry.checkpointShape()));
            }
        }
        CheckpointWriter.write(
                file,
                tensors,
                OptionalInt.of(configuration.latentEdge()),
                tensor -> constants.data(tensor).orElseGet(() -> restore(model, weights.get(tensor.name()), tensor)),
                progress);
    }

    private static byte[] restore(ModelDirectory model, Weight weight, TensorSpec tensor) {
        byte[] bytes = new byte[Math.toIntExact(tensor.byteSize())];
        try (Arena arena = Arena.ofConfined()) {
            LayoutConverter.restore(model.read(weight, arena), weight, MemorySegment.ofArray(bytes));
        }
        return bytes;
    }
}
