package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Weight;

/**
 * Computes the frequencies of a timestep embedding, exp(-ln(10000) · i / half), which are stored with the vectors. Computed on the host,
 * because a device's exponential may be inexact and the error would be multiplied by the timestep.
 */
final class Frequencies {
    private static final String PREFIX = "frequencies of ";

    private Frequencies() {}

    /** Returns a vector of frequencies as a weight, so that it gets an offset like a trained one. */
    static Weight weight(Operation.TimestepEmbedding embedding) {
        return Weight.vector(PREFIX + embedding.output().name(), embedding.output().shape().channels() / 2);
    }

    /** Returns true for the weights that {@link #weight} returns. */
    static boolean are(Weight weight) {
        return weight.name().startsWith(PREFIX);
    }

    static float[] values(int half) {
        float[] values = new float[half];
        for (int i = 0; i < half; i++) {
            values[i] = (float) Math.exp(-Math.log(10000) * i / half);
        }
        return values;
    }
}
