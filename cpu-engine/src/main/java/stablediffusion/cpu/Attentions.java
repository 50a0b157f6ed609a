package stablediffusion.cpu;

import stablediffusion.model.graph.Operation;

/** Compiles attention: of texts with a mask, of pictures without. */
final class Attentions {
    private final CompilationContext context;

    Attentions(CompilationContext context) {
        this.context = context;
    }

    Step compile(Operation.Attention attention) {
        if (attention.causal()) {
            return new MaskedAttentions(context).compile(attention);
        }
        // oneDNN has to know the number of threads when a primitive is made.
        try (OpenMp.Limit _ = OpenMp.limit(1)) {
            return new AttentionBlocks(context, attention);
        }
    }
}
