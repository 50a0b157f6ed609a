package stablediffusion.library;

import stablediffusion.model.UserException;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.text.Prompt;
import stablediffusion.model.text.Tokenizer;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.model.weights.Weights;
import stablediffusion.weights.adapter.LoraWeights;
import stablediffusion.weights.adapter.TextualInversion;
import stablediffusion.weights.adapter.TextualInversionEmbeddings;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Extends a model by embeddings and LoRAs while it is read; the model's files stay as they are. */
final class AdaptedModel {
    private final Adapters adapters;
    private final TextualInversionEmbeddings embeddings;
    private final Configuration configuration;
    private final Weights weights;

    /**
     * @param files embeddings whose names the tokenizer shall know
     * @throws UserException if a file is not an embedding, or was made for another model
     */
    AdaptedModel(ModelDirectory model, Adapters adapters, Set<Path> files) {
        this.adapters = adapters;
        embeddings = new TextualInversionEmbeddings(model.configuration(), files.stream().map(TextualInversion::read).toList());
        configuration = embeddings.configuration();
        weights = embeddings.weights(model);
    }

    Configuration configuration() {
        return configuration;
    }

    /** Creates a tokenizer that knows the embeddings. Reads the table of merges, which a check of the files does not need. */
    Tokenizer tokenizer() {
        return new Tokenizer(embeddings.words());
    }

    /**
     * Returns the weights with LoRAs merged into them.
     *
     * @throws UserException if there is no LoRA of a name, or it was made for another model
     */
    Weights weights(List<Prompt.Lora> loras) {
        List<LoraWeights.Applied> applied = loras.stream()
                .map(lora -> new LoraWeights.Applied(adapters.lora(lora.name()), (float) lora.textEncoder(), (float) lora.unet()))
                .toList();
        return applied.isEmpty() ? weights : new LoraWeights(weights, configuration, applied);
    }
}
