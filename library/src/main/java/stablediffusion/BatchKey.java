package stablediffusion;

import stablediffusion.model.pipeline.PromptForms;
import stablediffusion.model.text.Tokenizer;

import java.util.List;

/**
 * Tells which images can be made together: those whose requests have equal keys for the same model; see {@link StableDiffusion#batchKey}. Beside
 * the seed, their requests may differ in the prompts, if these fill as many chunks of 75 tokens and name the same LoRAs.
 */
public final class BatchKey {
    private final List<Object> values;

    /** Loaded when the first key is made. */
    private static final class Words {
        static final Tokenizer TOKENIZER = new Tokenizer();
    }

    private BatchKey(List<Object> values) {
        this.values = values;
    }

    /**
     * Makes the key of a prepared request.
     *
     * @param embeddings whether the prompts name some, so that their length is not known; they are together with equal ones alone
     */
    static BatchKey of(GenerationRequest request, boolean embeddings) {
        Object prompts = embeddings
                ? List.of(request.prompt(), request.negativePrompt())
                : PromptForms.of(request.promptStyle(), request.prompt(), request.negativePrompt(), request.guidanceScale(),
                        request.stepsTaken(), Words.TOKENIZER).chunks();
        return new BatchKey(List.of(
                request.width(), request.height(), request.sampler(), request.eta(), request.schedule(), request.steps(),
                request.guidanceScale(), request.rng(), request.clipSkip(), request.promptStyle(),
                request.promptStyle().loras(request.prompt()), request.start(), prompts));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BatchKey key && key.values.equals(values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }
}
