package stablediffusion.weights.adapter;

import stablediffusion.model.UserException;
import stablediffusion.model.engine.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.graph.Weight.Layout;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.text.Tokenizer.LearnedWord;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * A model that knows more words: their vectors follow the rows of its token table, so networks and engines need to know nothing of
 * them. The tokenizer gives the words the ids of these rows.
 */
public final class TextualInversionEmbeddings {
    private final List<TextualInversion> inversions;
    private final Configuration base;

    /** @throws UserException where a word was learned for a text encoder of another width */
    public TextualInversionEmbeddings(Configuration base, List<TextualInversion> inversions) {
        this.base = base;
        this.inversions = List.copyOf(inversions);
        for (TextualInversion inversion : inversions) {
            int width = inversion.vectors().getFirst().length;
            if (width != base.text().width()) {
                throw new UserException(inversion.file() + " was learned for another model: its vectors have " + width
                        + " numbers, this model's text encoder takes " + base.text().width());
            }
        }
    }

    /** For the tokenizer. */
    public List<LearnedWord> words() {
        return inversions.stream().map(inversion -> new LearnedWord(inversion.name(), inversion.vectors().size())).toList();
    }

    /** The model's sizes with the longer token table. */
    public Configuration configuration() {
        Configuration.Text text = base.text();
        int rows = text.vocabulary() + inversions.stream().mapToInt(inversion -> inversion.vectors().size()).sum();
        return new Configuration(
                new Configuration.Text(text.width(), text.layers(), rows, text.positions()), base.unet(), base.vae(), base.latentEdge());
    }

    /** The model's weights with the longer token table, which is read in 32 bits. */
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
                float[] known = weights.read(Weight.table(weight.name(), base.text().vocabulary(), width), arena).toFloats();
                float[] table = Arrays.copyOf(known, rows * width);
                int next = known.length;
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
