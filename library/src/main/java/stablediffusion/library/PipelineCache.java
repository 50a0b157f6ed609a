package stablediffusion.library;

import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.pipeline.MemoryUse;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.text.Prompt;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.weights.ModelDirectory;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps the pipeline of the last prompt: the next one mostly asks for the same LoRAs. Embeddings are collected, so that prompts that name
 * different ones do not load the networks again each time. For one thread.
 */
public final class PipelineCache implements AutoCloseable {
    private final ModelDirectory model;
    private final Adapters adapters;
    private final Engine engine;
    private final MemoryUse memory;
    private Set<Path> embeddings = Set.of();
    private Optional<AdaptedModel> adapted = Optional.empty();
    private Optional<Open> last = Optional.empty();

    private record Open(List<Prompt.Lora> loras, Pipeline pipeline) {}

    public PipelineCache(ModelDirectory model, Adapters adapters, Engine engine, MemoryUse memory) {
        this.model = model;
        this.adapters = adapters;
        this.engine = engine;
        this.memory = memory;
    }

    /**
     * Returns the pipeline for a prompt. It is valid until the next call or {@link #close}.
     *
     * @throws UserException if a LoRA or embedding that the prompt names cannot be read, or was made for another model
     */
    public Pipeline pipeline(PromptStyle style, String prompt, String negativePrompt) {
        Set<Path> needed = new LinkedHashSet<>(embeddings);
        if (needed.addAll(adapters.embeddingsNamedIn(List.of(prompt, negativePrompt))) || adapted.isEmpty()) {
            AdaptedModel extended = new AdaptedModel(model, adapters, needed);
            close();
            adapted = Optional.of(extended);
            embeddings = needed;
        }
        List<Prompt.Lora> loras = style.loras(prompt);
        if (last.isEmpty() || !last.get().loras().equals(loras)) {
            close();
            last = Optional.of(new Open(loras, open(adapted.get(), loras)));
        }
        return last.get().pipeline();
    }

    private Pipeline open(AdaptedModel adaptedModel, List<Prompt.Lora> loras) {
        return new Pipeline(
                adaptedModel.configuration(), adaptedModel.weights(loras), engine, adaptedModel.tokenizer(), memory, loras);
    }

    /**
     * Checks that everything that a prompt names can be read and fits a model, without loading a network. Safe for several threads.
     *
     * @throws UserException if not
     */
    public static void check(ModelDirectory model, Adapters adapters, PromptStyle style, String prompt, String negativePrompt) {
        Set<Path> named = new LinkedHashSet<>(adapters.embeddingsNamedIn(List.of(prompt, negativePrompt)));
        List<Prompt.Lora> loras = style.loras(prompt);
        if (!named.isEmpty() || !loras.isEmpty()) {
            new AdaptedModel(model, adapters, named).weights(loras);
        }
    }

    /** Frees the networks; the engine stays open. */
    @Override
    public void close() {
        last.ifPresent(open -> open.pipeline().close());
        last = Optional.empty();
    }
}
