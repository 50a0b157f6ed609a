package stablediffusion.weights.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A tensor of a checkpoint: a view of a mapped storage, which other tensors may share. Its memory is valid as long as the checkpoint is
 * open.
 */
public final class CheckpointTensor {
    private final String name;
    private final List<Integer> shape;
    private final List<Long> strides;
    private final TensorData storage;
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
    public CheckpointTensor(String name, ElementType type, List<Integer> shape, List<Long> strides, MemorySegment storage, long offset) {
        this.name = name;
        this.shape = List.copyOf(shape);
        this.strides = List.copyOf(strides);
        this.storage = new TensorData(type, storage);
        this.offset = offset;
        if (shape.size() != strides.size() || offset < 0 || !reachesWithin(shape, strides, offset, storage.byteSize() / type.bytes())) {
            throw new IllegalArgumentException(
                    "tensor " + name + " " + shape + " reaches beyond the " + storage.byteSize() + " bytes that are stored for it");
        }
        size = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        contiguous = hasRowMajorStrides();
    }

    /** A tensor whose numbers lie in the order of its dimensions, without gaps. */
    public static CheckpointTensor contiguous(String name, ElementType type, List<Integer> shape, MemorySegment storage) {
        return new CheckpointTensor(name, type, shape, rowMajor(shape), storage, 0);
    }

    public String name() {
        return name;
    }

    public ElementType type() {
        return storage.type();
    }

    public List<Integer> shape() {
        return shape;
    }

    /** The same numbers under another name. */
    public CheckpointTensor named(String newName) {
        return new CheckpointTensor(newName, type(), shape, strides, memory(), offset);
    }

    /**
     * Some of its numbers, one after another: a view where they are stored so, else a copy in the heap.
     *
     * @param from the first, counted in the order of the dimensions
     */
    public TensorData part(long from, int count) {
        Objects.checkFromIndexSize(from, count, size);
        if (contiguous) {
            return storage.part(offset + from, count);
        }
        return new TensorData(ElementType.F32, MemorySegment.ofArray(gathered(from, count)));
    }

    /** The storage that it is a view of. */
    public MemorySegment memory() {
        return storage.memory();
    }

    /** Number of elements. */
    public long size() {
        return size;
    }

    /** Bytes of its elements, whatever it shares. */
    public long byteSize() {
        return size * type().bytes();
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
        part(from, count).read(0, into, at, count);
    }

    private float[] gathered(long from, int count) {
        float[] values = new float[count];
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
            values[i] = storage.at(position);
            for (int d = dimensions - 1; d >= 0; d--) {
                position += strides.get(d);
                if (++index[d] < shape.get(d)) {
                    break;
                }
                position -= shape.get(d) * strides.get(d);
                index[d] = 0;
            }
        }
        return values;
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
