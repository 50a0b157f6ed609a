package stablediffusion.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A tensor of a checkpoint: a view of a mapped storage, which other tensors may share. Its memory is valid as long as the checkpoint is
 * open.
 */
public final class CheckpointTensor {
    private static final ValueLayout.OfDouble DOUBLES = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOATS = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORTS = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String name;
    private final ElementType type;
    private final List<Integer> shape;
    private final List<Long> strides;
    private final MemorySegment storage;
    private final long offset;
    private final long size;
    private final boolean contiguous;

    /**
     * A view.
     *
     * @param strides for each dimension, the distance in elements between neighbours
     * @param storage the numbers, little-endian
     * @param offset the element of the storage at which the tensor begins
     * @throws IllegalArgumentException where the view reaches beyond its storage
     */
    CheckpointTensor(String name, ElementType type, List<Integer> shape, List<Long> strides, MemorySegment storage, long offset) {
        this.name = name;
        this.type = type;
        this.shape = List.copyOf(shape);
        this.strides = List.copyOf(strides);
        this.storage = storage;
        this.offset = offset;
        if (shape.size() != strides.size() || offset < 0 || !reachesWithin(shape, strides, offset, storage.byteSize() / type.bytes())) {
            throw new IllegalArgumentException(
                    "tensor " + name + " " + shape + " reaches beyond the " + storage.byteSize() + " bytes that are stored for it");
        }
        size = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        contiguous = hasRowMajorStrides();
    }

    /** A tensor whose numbers lie in the order of its dimensions, without gaps. */
    static CheckpointTensor contiguous(String name, ElementType type, List<Integer> shape, MemorySegment storage) {
        return new CheckpointTensor(name, type, shape, rowMajor(shape), storage, 0);
    }

    public String name() {
        return name;
    }

    public ElementType type() {
        return type;
    }

    public List<Integer> shape() {
        return shape;
    }

    /** The same numbers under another name. */
    CheckpointTensor named(String newName) {
        return new CheckpointTensor(newName, type, shape, strides, storage, offset);
    }

    /**
     * Some of its numbers as a vector: a view where they lie one after another, else a copy.
     *
     * @param from the first, counted in the order of the dimensions
     */
    CheckpointTensor part(long from, int count) {
        Objects.checkFromIndexSize(from, count, size);
        if (contiguous) {
            return contiguous(name, type, List.of(count), storage.asSlice((offset + from) * type.bytes(), (long) count * type.bytes()));
        }
        float[] copy = new float[count];
        readStrided(from, copy, 0, count);
        return contiguous(name, ElementType.F32, List.of(count), MemorySegment.ofArray(copy));
    }

    /** The storage that it is a view of. */
    MemorySegment memory() {
        return storage;
    }

    /** Number of elements. */
    public long size() {
        return size;
    }

    /** Bytes of its elements, whatever it shares. */
    public long byteSize() {
        return size * type.bytes();
    }

    private boolean hasRowMajorStrides() {
        List<Long> expected = rowMajor(shape);
        for (int d = 0; d < shape.size(); d++) {
            if (shape.get(d) != 1 && !strides.get(d).equals(expected.get(d))) {
                return false;
            }
        }
        return true;
    }

    /** All its numbers in the order of its dimensions. */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(size)];
        read(0, values, 0, values.length);
        return values;
    }

    /**
     * Some of its numbers, as floats.
     *
     * @param from the first, counted in the order of the dimensions
     * @param into takes them from its index {@code at}
     */
    public void read(long from, float[] into, int at, int count) {
        Objects.checkFromIndexSize(from, count, size);
        if (contiguous) {
            readRun(offset + from, into, at, count);
        } else {
            readStrided(from, into, at, count);
        }
    }

    private void readRun(long first, float[] into, int at, int count) {
        switch (type) {
            case F32 -> MemorySegment.copy(storage, FLOATS, first * 4, into, at, count);
            case F16 -> {
                short[] halves = shorts(first, count);
                for (int i = 0; i < count; i++) {
                    into[at + i] = Float.float16ToFloat(halves[i]);
                }
            }
            case BF16 -> {
                short[] halves = shorts(first, count);
                for (int i = 0; i < count; i++) {
                    into[at + i] = Float.intBitsToFloat(halves[i] << 16);
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = element(first + i);
                }
            }
        }
    }

    private short[] shorts(long first, int count) {
        short[] values = new short[count];
        MemorySegment.copy(storage, SHORTS, first * 2, values, 0, count);
        return values;
    }

    private void readStrided(long from, float[] into, int at, int count) {
        int dimensions = shape.size();
        int[] index = new int[dimensions];
        long position = offset;
        long rest = from;
        for (int d = dimensions - 1; d >= 0; d--) {
            index[d] = (int) (rest % shape.get(d));
            rest /= shape.get(d);
            position += index[d] * strides.get(d);
        }
        for (int i = 0; i < count; i++) {
            into[at + i] = element(position);
            for (int d = dimensions - 1; d >= 0; d--) {
                position += strides.get(d);
                if (++index[d] < shape.get(d)) {
                    break;
                }
                position -= shape.get(d) * strides.get(d);
                index[d] = 0;
            }
        }
    }

    private float element(long position) {
        return switch (type) {
            case F64 -> (float) storage.get(DOUBLES, position * 8);
            case F32 -> storage.get(FLOATS, position * 4);
            case F16 -> Float.float16ToFloat(storage.get(SHORTS, position * 2));
            case BF16 -> Float.intBitsToFloat(storage.get(SHORTS, position * 2) << 16);
            case I64 -> storage.get(LONGS, position * 8);
            case I32 -> storage.get(INTS, position * 4);
            case I16 -> storage.get(SHORTS, position * 2);
            case I8 -> storage.get(ValueLayout.JAVA_BYTE, position);
            case U8, BOOL -> storage.get(ValueLayout.JAVA_BYTE, position) & 0xFF;
        };
    }

    private static List<Long> rowMajor(List<Integer> shape) {
        List<Long> strides = new ArrayList<>();
        long stride = 1;
        for (int dimension : shape.reversed()) {
            strides.addFirst(stride);
            stride *= Math.max(1, dimension);
        }
        return strides;
    }

    private static boolean reachesWithin(List<Integer> shape, List<Long> strides, long offset, long elements) {
        try {
            long size = 1;
            long last = offset;
            for (int d = 0; d < shape.size(); d++) {
                if (shape.get(d) < 0 || strides.get(d) < 0) {
                    return false;
                }
                size = Math.multiplyExact(size, (long) shape.get(d));
                last = Math.addExact(last, Math.multiplyExact(shape.get(d) - 1L, strides.get(d)));
            }
            return size == 0 || last < elements;
        } catch (ArithmeticException tooLarge) {
            return false;
        }
    }
}
