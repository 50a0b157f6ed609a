package stablediffusion.model.graph;

/** Names a function that is applied to each element. */
public enum Activation {
    NONE,
    /** x · sigmoid(x). */
    SILU,
    /** x · sigmoid(1.702 x), CLIP's approximation of GELU. */
    QUICK_GELU,
    /** x · Φ(x) with the exact error function. */
    GELU
}
