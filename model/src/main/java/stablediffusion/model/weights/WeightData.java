package stablediffusion.model.weights;

import stablediffusion.model.Precision;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Holds the numbers of a tensor, little-endian and without gaps.
 */
public record WeightData(Precision precision, MemorySegment memory) {
    private static final ValueLayout.OfShort SHORTS = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOATS = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Returns how many numbers there are. */
    public int size() {
        return Math.toIntExact(memory.byteSize() / precision.bytes());
    }

    /** Converts the numbers to 32 bits. */
    public float[] toFloats() {
        float[] values = new float[size()];
        toFloats(0, values, values.length);
        return values;
    }

    /**
     * Converts some of the numbers to 32 bits.
     *
     * @param first index of the first of them
     * @param values receives them at its beginning
     */
    public void toFloats(long first, float[] values, int count) {
        MemorySegment part = memory.asSlice(first * precision.bytes(), (long) count * precision.bytes());
        switch (precision) {
            case F32 -> MemorySegment.copy(part, FLOATS, 0, values, 0, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    values[i] = Float.float16ToFloat(part.getAtIndex(SHORTS, i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    values[i] = Float.intBitsToFloat(part.getAtIndex(SHORTS, i) << 16);
                }
            }
        }
    }
}
