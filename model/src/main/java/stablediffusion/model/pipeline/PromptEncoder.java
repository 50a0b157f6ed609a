package stablediffusion.model.pipeline;

import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.text.Emphasis;
import stablediffusion.model.text.Prompt;

import java.util.List;
import java.util.Map;

/**
 * Turns prompts into the context that the UNet reads: the text encoder's output for each chunk, weighted, one chunk after another.
 */
record PromptEncoder(Executable textEncoder) {

    /**
     * Encodes prompts of one batch.
     *
     * @param chunks number of chunks of each; a prompt that has fewer gets empty ones
     * @return [prompts, 1, chunks · 77, width]
     */
    Tensor encode(List<Prompt> prompts, int chunks) {
        List<Tensor> parts = prompts.stream()
                .flatMap(prompt -> prompt.paddedTo(chunks).stream())
                .map(this::encode)
                .toList();
        Shape part = parts.getFirst().shape();
        float[] values = new float[parts.size() * part.size()];
        for (int i = 0; i < parts.size(); i++) {
            System.arraycopy(parts.get(i).values(), 0, values, i * part.size(), part.size());
        }
        return new Tensor(Shape.sequence(prompts.size(), chunks * part.positions(), part.channels()), values);
    }

    private Tensor encode(Prompt.Chunk chunk) {
        float[] ids = new float[chunk.tokens().length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = chunk.tokens()[i];
        }
        Tensor context = textEncoder.run(Map.of(ClipTextEncoder.IDS, new Tensor(Shape.sequence(1, ids.length, 1), ids)));
        return new Tensor(context.shape(), Emphasis.apply(context.values(), chunk.weights()));
    }
}
