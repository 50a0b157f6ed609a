package stablediffusion.cpu;

import stablediffusion.model.engine.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Random weights of any size that take no memory: each is made when it is read, the same every time. */
final class GeneratedWeights implements Weights {

    @Override
    public WeightData read(Weight weight, Arena arena) {
        MemorySegment memory = arena.allocate((long) weight.size() * Float.BYTES, 64);
        float scale = switch (weight.layout()) {
            case CONVOLUTION, LINEAR -> (float) Math.sqrt(3.0 * weight.shape().getLast() / weight.size());
            case TABLE, VECTOR -> 0.1f;
        };
        float centre = weight.layout() == Weight.Layout.VECTOR && weight.name().endsWith("weight") ? 1 : 0;
        int state = weight.name().hashCode() | 1;
        for (int i = 0; i < weight.size(); i++) {
            // Marsaglia's xorshift.
            state ^= state << 13;
            state ^= state >>> 17;
            state ^= state << 5;
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, centre + scale * state * 0x1p-31f);
        }
        return new WeightData(Precision.F32, memory);
    }
}
