package stablediffusion.tornado;

import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;

import java.util.Arrays;

/**
 * Finds the element offsets of tensors in the arrays of a task graph: values in the arena, weights in its matrices or its vectors.
 */
record Offsets(Footprint footprint, GraphSegment segment) {
    int of(Value value) {
        return footprint.offset(value);
    }

    int of(Weight weight) {
        return segment.offset(weight);
    }

    /** Returns the offset of elements in the arena that are always zero. */
    int zeros() {
        return footprint.zeros();
    }

    int[] of(Value... values) {
        return Arrays.stream(values).mapToInt(this::of).toArray();
    }
}
