package stablediffusion.weights.adapter;

import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.graph.Weight.Layout;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.text.Tokenizer.EmbeddingWord;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Extends a model by the embeddings of textual inversions. Their vectors are appended to the rows of the token embedding table, so
 * networks and engines need no change; the tokenizer maps their names to the ids of these rows.
 */
public final class TextualInversionEmbeddings {
    private final List<TextualInversion> inversions;
    private final Configuration base;

    /**
     * Checks that the embeddings fit the model.
     *
     * @throws UserException if an embedding was trained for a text encoder of another width
     */
    public TextualInversionEmbeddings(Configuration base, List<TextualInversion> inversions) {
        this.base = base;
        this.inversions = List.copyOf(inversions);
        for (TextualInversion inversion : inversions) {
            int width = inversion.vectors().getFirst().length;
            if (width != base.text().width()) {
                throw new UserException(inversion.file() + " was trained for another model: its vectors have " + width
                        + " numbers, this model's text encoder takes " + base.text().width());
            }
        }
    }

    /** Returns the names and numbers of vectors for the tokenizer. */
    public List<EmbeddingWord> words() {
        return inversions.stream().map(inversion -> new EmbeddingWord(inversion.name(), inversion.vectors().size())).toList();
    }

    /** Returns the configuration of the model with the extended token table. */
    public Configuration configuration() {
        Configuration.Text text = base.text();
        int rows = text.vocabulary() + inversions.stream().mapToInt(inversion -> inversion.vectors().size()).sum();
        return new Configuration(
                new Configuration.Text(text.width(), text.layers(), rows, text.positions()), base.unet(), base.vae(), base.latentEdge());
    }

    /** Returns the weights of the model with the extended token table, which is read in fp32. */
    public Weights weights(Weights weights) {
        int rows = configuration().text().vocabulary();
        int width = base.text().width();
        return new Weights() {
            @Override
            public WeightData read(Weight weight, Arena arena) {
                boolean isTokenTable = weight.layout() == Layout.TABLE && weight.name().endsWith(".token_embedding.weight");
                if (!isTokenTable || !weight.shape().equals(List.of(rows, width))) {
                    return weights.read(weight, arena);
                }
                float[] original = weights.read(Weight.table(weight.name(), base.text().vocabulary(), width), arena).toFloats();
                float[] table = Arrays.copyOf(original, rows * width);
                int next = original.length;
                for (TextualInversion inversion : inversions) {
                    for (float[] vector : inversion.vectors()) {
                        System.arraycopy(vector, 0, table, next, width);
                        next += width;
                    }
                }
                return new WeightData(Precision.F32, MemorySegment.ofArray(table));
            }
        };
    }
}
