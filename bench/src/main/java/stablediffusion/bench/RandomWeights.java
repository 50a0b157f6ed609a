package stablediffusion.bench;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * Generates random fp16 weights, so that a network can be measured at full size without a file. The numbers are repeated from a small
 * pool, for speed, and scaled so that activations stay in range through all layers.
 */
public final class RandomWeights implements Weights {
    /** Size of the pool: a prime, so that the rows of a matrix differ. */
    private static final int POOL = 65521;

    private static final ValueLayout.OfShort FP16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final float[] pool = new float[POOL];

    /** Fills the pool. */
    public RandomWeights(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < POOL; i++) {
            pool[i] = (float) random.nextGaussian();
        }
    }

    @Override
    public WeightData read(Weight weight, Arena arena) {
        int size = weight.size();
        short[] scaled = scaled(weight);
        MemorySegment memory = arena.allocate(2L * size, 64);
        int start = Math.floorMod(weight.name().hashCode(), POOL);
        for (int to = 0; to < size;) {
            int length = Math.min(POOL - start, size - to);
            MemorySegment.copy(scaled, start, memory, FP16, 2L * to, length);
            to += length;
            start = 0;
        }
        return new WeightData(Precision.F16, memory);
    }

    private short[] scaled(Weight weight) {
        float factor = switch (weight.layout()) {
            case VECTOR, TABLE -> 0.02f;
            case LINEAR, CONVOLUTION -> (float) Math.sqrt(weight.shape().getLast() / (double) weight.size());
        };
        boolean scale = weight.layout() == Weight.Layout.VECTOR && weight.name().endsWith(".weight");
        short[] fp16 = new short[POOL];
        for (int i = 0; i < POOL; i++) {
            fp16[i] = Float.floatToFloat16((scale ? 1 : 0) + factor * pool[i]);
        }
        return fp16;
    }
}
