package stablediffusion.model.text;

/**
 * Weights of a prompt on the text encoder's output, as AUTOMATIC1111's web UI applies them ("Original" emphasis): every token's
 * vector times its weight, then all of them by one factor that brings the mean back to what it was.
 */
public final class Emphasis {
    private Emphasis() {}

    /**
     * @param context the encoder's output for one chunk, tokens x width
     * @param weights one for each token
     * @return a new array; the very same numbers where all weights are 1
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
        // A mean of zero has no factor that brings it back; nothing that an encoder puts out comes near.
        if (changed && after != 0) {
            double factor = before / after;
            for (int i = 0; i < weighted.length; i++) {
                weighted[i] = (float) (weighted[i] * factor);
            }
        }
        return weighted;
    }
}
