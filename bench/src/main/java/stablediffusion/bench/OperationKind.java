package stablediffusion.bench;

import stablediffusion.model.graph.Operation;

/** Lists the kinds of operations, each computed by one kernel. */
public enum OperationKind {
    CONVOLUTION("3x3 convolution"),
    LINEAR("linear"),
    GATED_LINEAR("gated linear"),
    ATTENTION("attention"),
    GROUP_NORM("group norm"),
    LAYER_NORM("layer norm"),
    GEGLU("GEGLU"),
    ACTIVATION("activation"),
    ADD("add"),
    ADD_BATCH_BIAS("add batch bias"),
    CONCAT("concat"),
    UPSAMPLE("upsample"),
    TIMESTEP_EMBEDDING("timestep embedding"),
    TOKEN_EMBEDDING("token embedding");

    private final String label;

    OperationKind(String label) {
        this.label = label;
    }

    /** Returns the name in reports. */
    public String label() {
        return label;
    }

    /** Returns the kind of an operation. */
    public static OperationKind of(Operation operation) {
        return switch (operation) {
            case Operation.Convolution _ -> CONVOLUTION;
            case Operation.Linear _ -> LINEAR;
            case Operation.GatedLinear _ -> GATED_LINEAR;
            case Operation.Attention _ -> ATTENTION;
            case Operation.GroupNorm _ -> GROUP_NORM;
            case Operation.LayerNorm _ -> LAYER_NORM;
            case Operation.Geglu _ -> GEGLU;
            case Operation.Activate _ -> ACTIVATION;
            case Operation.Add _ -> ADD;
            case Operation.AddBatchBias _ -> ADD_BATCH_BIAS;
            case Operation.Concat _ -> CONCAT;
            case Operation.Upsample _ -> UPSAMPLE;
            case Operation.TimestepEmbedding _ -> TIMESTEP_EMBEDDING;
            case Operation.TokenEmbedding _ -> TOKEN_EMBEDDING;
        };
    }
}
