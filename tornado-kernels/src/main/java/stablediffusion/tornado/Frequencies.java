package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Weight;

/**
 * The frequencies of a timestep embedding, exp(-ln(10000) · i / half), computed here once and kept with the vectors, for a
 * device's exponential may be a rough one and the error would be multiplied by the timestep.
 */
final class Frequencies {
    private static final String PREFIX = "frequencies of ";

    private Frequencies() {}

    /** Returns the weight that the frequencies are kept as. */
    static Weight weight(Operation.TimestepEmbedding embedding) {
        return Weight.vector(PREFIX + embedding.output().name(), embedding.output().shape().channels() / 2);
    }

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
