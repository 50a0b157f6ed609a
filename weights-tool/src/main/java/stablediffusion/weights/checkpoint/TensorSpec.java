package stablediffusion.weights.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * A tensor that is to be written: everything but its numbers.
 */
public record TensorSpec(String name, ElementType type, List<Integer> shape) {
    public TensorSpec {
        shape = List.copyOf(shape);
    }

    public int size() {
        return shape.stream().reduce(1, Math::multiplyExact);
    }

    public long byteSize() {
        return (long) size() * type.bytes();
    }

    /** Distances between neighbours where the numbers lie in the order of the dimensions. */
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
