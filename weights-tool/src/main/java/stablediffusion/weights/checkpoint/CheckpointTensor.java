package stablediffusion.weights.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Represents a tensor of a checkpoint: a view of a mapped storage, which other tensors may share. Its memory is valid until the checkpoint
 * is closed.
 */
public final class CheckpointTensor {
    private static final int MAX_DIMENSIONS = 64;

    private final String name;
    private final List<Integer> shape;
    private final List<Long> strides;
    private final TensorData storage;
    private final long offset;
    private final long size;
    private final boolean contiguous;

    /**
     * Creates a view.
     *
     * @param strides distance in elements between neighbours, for each dimension
     * @param storage data of the storage, little-endian
     * @param offset index of the first element in the storage
     * @throws IllegalArgumentException if the view exceeds its storage, or has more dimensions than torch allows
     */
    public CheckpointTensor(String name, ElementType type, List<Integer> shape, List<Long> strides, MemorySegment storage, long offset) {
        if (shape.size() > MAX_DIMENSIONS) {
            throw new IllegalArgumentException("tensor " + name + " has " + shape.size() + " dimensions");
        }
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

    /** Creates a tensor whose elements are contiguous in row-major order. */
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

    /** Returns the same tensor under another name. */
    public CheckpointTensor named(String newName) {
        return new CheckpointTensor(newName, type(), shape, strides, memory(), offset);
    }

    /**
     * Returns a range of elements in row-major order: a view if the tensor is contiguous, else a copy in the heap.
     *
     * @param from index of the first element in row-major order
     */
    public TensorData part(long from, int count) {
        Objects.checkFromIndexSize(from, count, size);
        if (contiguous) {
            return storage.part(offset + from, count);
        }
        return new TensorData(ElementType.F32, MemorySegment.ofArray(gathered(from, count)));
    }

    /** Returns the memory of the whole storage. */
    public MemorySegment memory() {
        return storage.memory();
    }

    /** Returns the number of elements. */
    public long size() {
        return size;
    }

    /** Returns the size of its elements in bytes. */
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

    /** Returns all elements as floats, in row-major order. */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(size)];
        read(0, values, 0, values.length);
        return values;
    }

    /**
     * Reads a range of elements as floats.
     *
     * @param from index of the first element in row-major order
     * @param target array that receives the elements
     * @param offset index in {@code target} of the first element
     */
    public void read(long from, float[] target, int offset, int count) {
        part(from, count).read(0, target, offset, count);
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
