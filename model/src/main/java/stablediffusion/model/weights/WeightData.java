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

    private static final int CHUNK = 1 << 12;

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
        long offset = first * precision.bytes();
        if (precision == Precision.F32) {
            MemorySegment.copy(memory, FLOATS, offset, values, 0, count);
            return;
        }
        // By way of an array: a loop over one is compiled to vector instructions whatever kinds of memory there are, a loop over memory is not.
        short[] bits = new short[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += CHUNK) {
            int length = Math.min(CHUNK, count - done);
            MemorySegment.copy(memory, SHORTS, offset + (long) done * Short.BYTES, bits, 0, length);
            if (precision == Precision.F16) {
                fromFp16(bits, values, done, length);
            } else {
                fromBf16(bits, values, done, length);
            }
        }
    }

    private static void fromFp16(short[] bits, float[] values, int first, int length) {
        for (int i = 0; i < length; i++) {
            values[first + i] = Float.float16ToFloat(bits[i]);
        }
    }

    private static void fromBf16(short[] bits, float[] values, int first, int length) {
        for (int i = 0; i < length; i++) {
            values[first + i] = Float.intBitsToFloat(bits[i] << 16);
        }
    }
}
