package stablediffusion.bench.peers;

import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;

/** Weights as float arrays. */
record Numbers(Weights weights) {
    /** In our order: [in, out] and [kernel, kernel, in, out]. */
    float[] stored(Weight weight) {
        try (Arena arena = Arena.ofConfined()) {
            return weights.read(weight, arena).toFloats();
        }
    }

    /** In the order of a checkpoint: [out, in] and [out, in, kernel, kernel]. */
    float[] of(Weight weight) {
        float[] stored = stored(weight);
        return switch (weight.layout()) {
            case TABLE, VECTOR -> stored;
            case LINEAR, CONVOLUTION -> {
                int out = weight.shape().getLast();
                int in = weight.shape().get(weight.shape().size() - 2);
                int taps = stored.length / (in * out);
                float[] values = new float[stored.length];
                for (int tap = 0; tap < taps; tap++) {
                    for (int i = 0; i < in; i++) {
                        for (int o = 0; o < out; o++) {
                            values[(o * in + i) * taps + tap] = stored[(tap * in + i) * out + o];
                        }
                    }
                }
                yield values;
            }
        };
    }
}
