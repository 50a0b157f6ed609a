package stablediffusion.weights.adapter;

import stablediffusion.model.UserException;
import stablediffusion.weights.checkpoint.Checkpoint;
import stablediffusion.weights.checkpoint.CheckpointTensor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds an embedding trained by textual inversion (Gal et al., "An Image is Worth One Word", 2022): rows for the token embedding table of
 * the text encoder.
 *
 * @param name file name without folder and extension, by which a prompt refers to the embedding
 * @param file file of the embedding
 * @param vectors embedding vectors, each as wide as the text encoder
 */
public record TextualInversion(String name, Path file, List<float[]> vectors) {
    /** Each vector is a token of a prompt; the text encoder reads 75 of them at once. */
    private static final int MAX_VECTORS = 1000;

    /**
     * Reads an embedding of the original code or the web UI ({@code .pt} with {@code string_to_param}, {@code .safetensors} with
     * {@code emb_params}) or of diffusers (a single tensor, named after the placeholder token).
     *
     * @throws UserException if the file is none of these
     */
    public static TextualInversion read(Path file) {
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            List<CheckpointTensor> candidates = checkpoint.tensors().values().stream()
                    .filter(tensor -> tensor.name().equals("emb_params") || tensor.name().startsWith("string_to_param."))
                    .toList();
            if (candidates.isEmpty() && checkpoint.tensors().size() == 1) {
                candidates = List.copyOf(checkpoint.tensors().values());
            }
            boolean one = candidates.size() == 1 && !candidates.getFirst().shape().isEmpty() && candidates.getFirst().shape().size() <= 2;
            if (!one || candidates.getFirst().size() == 0) {
                throw new UserException(file + " holds no embedding (textual inversion): it has neither string_to_param nor emb_params");
            }
            CheckpointTensor tensor = candidates.getFirst();
            int width = tensor.shape().getLast();
            if (tensor.size() / width > MAX_VECTORS) {
                throw new UserException(file + " is no embedding that can be used: it has " + tensor.size() / width + " vectors, at most "
                        + MAX_VECTORS + " are read");
            }
            List<float[]> vectors = new ArrayList<>();
            for (long from = 0; from < tensor.size(); from += width) {
                float[] vector = new float[width];
                tensor.read(from, vector, 0, width);
                vectors.add(vector);
            }
            return new TextualInversion(file.getFileName().toString().replaceFirst("\\.[A-Za-z]+$", ""), file, vectors);
        }
    }
}
