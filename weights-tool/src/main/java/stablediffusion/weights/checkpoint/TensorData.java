package stablediffusion.weights.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * TensorData one after another, as a checkpoint stores them: little-endian.
 *
 * @param memory whole numbers of the type
 */
public record TensorData(ElementType type, MemorySegment memory) {
    private static final ValueLayout.OfDouble DOUBLES = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOATS = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORTS = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** A view of some. */
    public TensorData part(long from, long count) {
        return new TensorData(type, memory.asSlice(from * type.bytes(), count * type.bytes()));
    }

    /**
     * Some as floats.
     *
     * @param into takes them from its index {@code at}
     */
    public void read(long from, float[] into, int at, int count) {
        switch (type) {
            case F32 -> MemorySegment.copy(memory, FLOATS, from * 4, into, at, count);
            case F16 -> {
                short[] halves = shorts(from, count);
                for (int i = 0; i < count; i++) {
                    into[at + i] = Float.float16ToFloat(halves[i]);
                }
            }
            case BF16 -> {
                short[] halves = shorts(from, count);
                for (int i = 0; i < count; i++) {
                    into[at + i] = Float.intBitsToFloat(halves[i] << 16);
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = at(from + i);
                }
            }
        }
    }

    private short[] shorts(long from, int count) {
        short[] values = new short[count];
        MemorySegment.copy(memory, SHORTS, from * 2, values, 0, count);
        return values;
    }

    /** One as a float. */
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
