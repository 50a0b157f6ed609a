package stablediffusion.weights.adapter;

import stablediffusion.model.UserException;
import stablediffusion.weights.checkpoint.Checkpoint;
import stablediffusion.weights.checkpoint.CheckpointTensor;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds a low-rank adaptation of a model's layers (Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021) in the format of
 * kohya's training scripts.
 *
 * @param name file name without folder and extension
 * @param file file of the LoRA
 * @param changes changes by the name of the layer in the file
 */
public record Lora(String name, Path file, Map<String, Change> changes) {

    /**
     * Holds a product of two low-rank matrices that is added to the weight of a layer: {@code scale · up · down}.
     *
     * @param out number of output channels
     * @param downShape [rank, in], or [rank, in, kernel, kernel]
     * @param down matrix of this shape
     * @param up matrix [out, rank], in a file also [out, rank, 1, 1]
     * @param scale alpha / rank
     */
    record Change(int out, int rank, List<Integer> downShape, float[] down, float[] up, float scale) {
        /** Returns the number of input channels. */
        int in() {
            return downShape.get(1);
        }

        /** Returns the number of kernel positions, 1 for a linear layer. */
        int taps() {
            return down.length / rank / in();
        }
    }

    /**
     * Reads a LoRA.
     *
     * @param file {@code .safetensors}, or a torch file with the same tensor names
     * @throws UserException if the file is no LoRA or of an unsupported kind
     */
    public static Lora read(Path file) {
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            Map<String, Change> changes = new TreeMap<>();
            for (String tensor : checkpoint.tensors().keySet()) {
                String layer = tensor.substring(0, Math.max(0, tensor.indexOf('.')));
                if (!tensor.startsWith("lora_")) {
                    throw new UserException(file + " is no LoRA in kohya's naming: it has a tensor " + tensor);
                }
                switch (tensor.substring(layer.length())) {
                    case ".lora_down.weight" -> changes.put(layer, change(checkpoint, layer));
                    case ".lora_up.weight" -> tensor(checkpoint, layer + ".lora_down.weight");
                    case ".alpha" -> {}
                    default -> throw new UserException(file + ": tensor " + tensor + " belongs to a kind of LoRA that is not supported"
                            + " (only lora_up · lora_down is)");
                }
            }
            return new Lora(file.getFileName().toString().replaceFirst("\\.[A-Za-z]+$", ""), file, Map.copyOf(changes));
        }
    }

    private static Change change(Checkpoint checkpoint, String layer) {
        CheckpointTensor down = tensor(checkpoint, layer + ".lora_down.weight");
        CheckpointTensor up = tensor(checkpoint, layer + ".lora_up.weight");
        int dimensions = down.shape().size();
        boolean fits = (dimensions == 2 || dimensions == 4)
                && down.size() > 0
                && up.shape().size() >= 2
                && up.shape().get(1).equals(down.shape().get(0))
                && up.shape().stream().skip(2).allMatch(edge -> edge == 1);
        if (!fits) {
            throw new UserException(checkpoint.file() + ": layer " + layer + " has a lora_up of " + up.shape() + " and a lora_down of "
                    + down.shape() + ", which do not go together");
        }
        int rank = down.shape().get(0);
        CheckpointTensor alpha = checkpoint.tensors().get(layer + ".alpha");
        if (alpha != null && alpha.size() != 1) {
            throw new UserException(checkpoint.file() + ": alpha of layer " + layer + " has " + alpha.size() + " numbers instead of one");
        }
        float scale = alpha == null ? 1 : alpha.toFloats()[0] / rank;
        return new Change(up.shape().get(0), rank, down.shape(), down.toFloats(), up.toFloats(), scale);
    }

    private static CheckpointTensor tensor(Checkpoint checkpoint, String name) {
        CheckpointTensor tensor = checkpoint.tensors().get(name);
        if (tensor == null) {
            throw new UserException(checkpoint.file() + " is incomplete: tensor " + name + " is missing");
        }
        return tensor;
    }
}
