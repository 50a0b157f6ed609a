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
    private final Configuration configuration;
    private final Weights weights;
    private final Tokenizer tokenizer;

    /**
     * @param embeddings files of embeddings whose names the tokenizer shall know
     * @throws UserException if a file is not an embedding, or was made for another model
     */
    AdaptedModel(ModelDirectory model, Adapters adapters, Set<Path> embeddings) {
        this.adapters = adapters;
        TextualInversionEmbeddings words =
                new TextualInversionEmbeddings(model.configuration(), embeddings.stream().map(TextualInversion::read).toList());
        configuration = words.configuration();
        weights = words.weights(model);
        tokenizer = new Tokenizer(words.words());
    }

    Configuration configuration() {
        return configuration;
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * Returns the weights with LoRAs merged into them.
     *
     * @throws UserException if there is no LoRA of a name, or it was made for another model
     */
    Weights weights(List<Prompt.Lora> loras) {
        List<LoraWeights.Applied> applied = loras.stream()
                .map(lora -> new LoraWeights.Applied(adapters.lora(lora.name()), (float) lora.weight()))
                .toList();
        return applied.isEmpty() ? weights : new LoraWeights(weights, configuration, applied);
    }
}
