package stablediffusion.weights.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * Describes a tensor to be written, without its data.
 */
public record TensorSpec(String name, ElementType type, List<Integer> shape) {
    public TensorSpec {
        shape = List.copyOf(shape);
    }

    /** Returns the number of elements. */
    public int size() {
        return shape.stream().reduce(1, Math::multiplyExact);
    }

    /** Returns the size in bytes. */
    public long byteSize() {
        return (long) size() * type.bytes();
    }

    /** Returns the strides, in elements, of a contiguous tensor in row-major order. */
    List<Integer> strides() {
        List<Integer> strides = new ArrayList<>();
        int stride = 1;
        for (int dimension : shape.reversed()) {
            strides.addFirst(stride);
            stride *= dimension;
        }
        return strides;
    }
}
