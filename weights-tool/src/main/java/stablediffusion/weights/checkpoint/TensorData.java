package stablediffusion.weights.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Holds contiguous elements of a tensor as a checkpoint stores them: little-endian.
 *
 * @param type number format of the elements
 * @param memory memory of the elements
 */
public record TensorData(ElementType type, MemorySegment memory) {
    private static final ValueLayout.OfDouble DOUBLES = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOATS = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORTS = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Returns a view of a range of elements. */
    public TensorData part(long from, long count) {
        return new TensorData(type, memory.asSlice(from * type.bytes(), count * type.bytes()));
    }

    /**
     * Reads a range of elements as floats.
     *
     * @param target array that receives the elements
     * @param offset index in {@code target} of the first element
     */
    public void read(long from, float[] target, int offset, int count) {
        switch (type) {
            case F32 -> MemorySegment.copy(memory, FLOATS, from * 4, target, offset, count);
            case F16 -> {
                short[] fp16 = shorts(from, count);
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Float.float16ToFloat(fp16[i]);
                }
            }
            case BF16 -> {
                short[] bf16 = shorts(from, count);
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Float.intBitsToFloat(bf16[i] << 16);
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = at(from + i);
                }
            }
        }
    }

    private short[] shorts(long from, int count) {
        short[] values = new short[count];
        MemorySegment.copy(memory, SHORTS, from * 2, values, 0, count);
        return values;
    }

    /** Returns an element as a float. */
    public float at(long index) {
        return switch (type) {
            case F64 -> (float) memory.get(DOUBLES, index * 8);
            case F32 -> memory.get(FLOATS, index * 4);
            case F16 -> Float.float16ToFloat(memory.get(SHORTS, index * 2));
            case BF16 -> Float.intBitsToFloat(memory.get(SHORTS, index * 2) << 16);
            case I64 -> memory.get(LONGS, index * 8);
            case I32 -> memory.get(INTS, index * 4);
            case I16 -> memory.get(SHORTS, index * 2);
            case I8 -> memory.get(ValueLayout.JAVA_BYTE, index);
            case U8, BOOL -> memory.get(ValueLayout.JAVA_BYTE, index) & 0xFF;
        };
    }
}
