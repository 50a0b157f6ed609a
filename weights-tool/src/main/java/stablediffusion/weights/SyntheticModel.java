package stablediffusion.weights;

import stablediffusion.model.graph.Weight;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.random.TorchCpuGenerator;
import stablediffusion.model.weights.Blob;
import stablediffusion.weights.checkpoint.ElementType;
import stablediffusion.weights.checkpoint.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * Writes a checkpoint of random weights, for trying everything but the picture at full size and without a download. Each tensor depends
 * only on its name and shape.
 */
public final class SyntheticModel {
    /** Names of the 1x1 convolutions, which have four dimensions in a checkpoint; other linear layers have two. */
    private static final Pattern ONE_PIXEL = Pattern.compile(
            ".*(proj_in|proj_out|skip_connection|nin_shortcut|quant_conv|attn_1\\.(q|k|v|proj_out))\\.weight");

    private static final ValueLayout.OfFloat FLOATS = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SyntheticModel() {}

    /**
     * Writes a checkpoint with all tensors of the original, including those that no network reads.
     *
     * @param file target, with the extension {@code .ckpt} or {@code .safetensors}
     */
    public static void write(Configuration configuration, Path file, ConversionProgress progress) {
        ConstantTensors constants = new ConstantTensors(configuration);
        CheckpointWriter.write(
                file,
                tensors(configuration),
                OptionalInt.empty(),
                tensor -> constants.data(tensor).orElseGet(() -> littleEndian(values(tensor.name(), tensor.shape()))),
                progress);
    }

    static List<TensorSpec> tensors(Configuration configuration) {
        List<TensorSpec> tensors = new ArrayList<>(new ConstantTensors(configuration).specs());
        for (Blob blob : List.of(Blob.UNET, Blob.VAE, Blob.CLIP)) {
            for (Weight weight : blob.weights(configuration)) {
                tensors.add(new TensorSpec(weight.name(), ElementType.F32, originalShape(weight)));
            }
        }
        return tensors;
    }

    private static List<Integer> originalShape(Weight weight) {
        List<Integer> shape = weight.checkpointShape();
        return shape.size() == 2 && ONE_PIXEL.matcher(weight.name()).matches() ? List.of(shape.get(0), shape.get(1), 1, 1) : shape;
    }

    /**
     * Generates the values of a tensor: normally distributed numbers of torch's CPU generator, seeded with the CRC-32 of the name and
     * scaled so that activations stay in range through all layers.
     *
     * @param shape shape in the checkpoint
     */
    public static float[] values(String name, List<Integer> shape) {
        CRC32 seed = new CRC32();
        seed.update(name.getBytes(StandardCharsets.UTF_8));
        int size = shape.stream().reduce(1, Math::multiplyExact);
        float[] values = new TorchCpuGenerator(seed.getValue()).normal(size);
        if (name.endsWith(".bias")) {
            scale(values, 0.02f, 0);
        } else if (shape.size() == 1) {
            scale(values, 0.1f, 1);
        } else if (name.contains("embedding")) {
            scale(values, 0.02f, 0);
        } else {
            float root = (float) Math.sqrt(size / shape.getFirst());
            for (int i = 0; i < size; i++) {
                values[i] /= root;
            }
        }
        return values;
    }

    private static void scale(float[] values, float factor, float offset) {
        for (int i = 0; i < values.length; i++) {
            values[i] = offset + factor * values[i];
        }
    }

    private static byte[] littleEndian(float[] values) {
        byte[] bytes = new byte[Math.multiplyExact(values.length, 4)];
        MemorySegment.copy(values, 0, MemorySegment.ofArray(bytes), FLOATS, 0, values.length);
        return bytes;
    }
}
