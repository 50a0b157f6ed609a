package stablediffusion.model.text;

/**
 * Applies the weights of a prompt to the text encoder's output, as AUTOMATIC1111's web UI does ("Original" emphasis): multiplies every
 * token's vector by its weight, then all of them by one factor that restores the mean.
 */
public final class Emphasis {
    private Emphasis() {}

    /**
     * Applies the weights of one chunk.
     *
     * @param context the encoder's output for the chunk, [tokens, width]
     * @param weights one for each token
     * @return a new array; the same numbers where all weights are 1
     */
    public static float[] apply(float[] context, float[] weights) {
        int width = context.length / weights.length;
        if (width * weights.length != context.length) {
            throw new IllegalArgumentException(context.length + " values are not rows of " + weights.length + " tokens");
        }
        float[] weighted = context.clone();
        double before = 0;
        double after = 0;
        boolean changed = false;
        for (int i = 0; i < context.length; i++) {
            float weight = weights[i / width];
            changed |= weight != 1;
            weighted[i] *= weight;
            before += context[i];
            after += weighted[i];
        }
        // No factor restores a mean that became zero; outputs of an encoder are never near that.
        if (changed && after != 0) {
            double factor = before / after;
            for (int i = 0; i < weighted.length; i++) {
                weighted[i] = (float) (weighted[i] * factor);
            }
        }
        return weighted;
    }
}
