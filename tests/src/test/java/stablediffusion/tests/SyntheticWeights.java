package stablediffusion.tests;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;
import stablediffusion.weights.SyntheticModel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Computes each tensor of the synthetic model when it is read, without a file. */
public final class SyntheticWeights implements Weights {
    @Override
    public WeightData read(Weight weight, Arena arena) {
        float[] values = SyntheticModel.values(weight.name(), weight.checkpointShape());
        return new WeightData(Precision.F32, MemorySegment.ofArray(stored(weight, values)));
    }

    private static float[] stored(Weight weight, float[] values) {
        return switch (weight.layout()) {
            case VECTOR, TABLE -> values;
            case LINEAR, CONVOLUTION -> {
                int out = weight.shape().getLast();
                int in = weight.shape().get(weight.shape().size() - 2);
                int taps = values.length / (in * out);
                float[] stored = new float[values.length];
                for (int o = 0; o < out; o++) {
                    for (int i = 0; i < in; i++) {
                        for (int tap = 0; tap < taps; tap++) {
                            stored[(tap * in + i) * out + o] = values[(o * in + i) * taps + tap];
                        }
                    }
                }
                yield stored;
            }
        };
    }
}
