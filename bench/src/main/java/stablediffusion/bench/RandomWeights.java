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
 * Weights that nobody trained, for measuring at full size without a file. In half precision, as converted models usually are. They come
 * from a small pool, for speed, and are scaled so that activations stay in range through the depth of a network.
 */
public final class RandomWeights implements Weights {
    /** A prime, so that rows of a matrix do not repeat. */
    private static final int POOL = 65521;

    private static final ValueLayout.OfShort HALVES = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final float[] pool = new float[POOL];

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
        for (int to = 0; to < size; ) {
            int length = Math.min(POOL - start, size - to);
            MemorySegment.copy(scaled, start, memory, HALVES, 2L * to, length);
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
        short[] halves = new short[POOL];
        for (int i = 0; i < POOL; i++) {
            halves[i] = Float.floatToFloat16((scale ? 1 : 0) + factor * pool[i]);
        }
        return halves;
    }
}
