package stablediffusion.model.graph;

import java.util.List;

/**
 * Describes a trained tensor that a graph reads, by its name in the checkpoint. Its shape is that of the stored layout, which is the
 * one that kernels read.
 */
public record Weight(String name, Layout layout, List<Integer> shape) {

    /** Names the order of a tensor's dimensions in a blob. */
    public enum Layout {
        /** [kernel height, kernel width, in, out]; [out, in, kernel height, kernel width] in the checkpoint. */
        CONVOLUTION,
        /** [in, out]; [out, in] or [out, in, 1, 1] in the checkpoint. */
        LINEAR,
        /** [rows, width], as in the checkpoint. */
        TABLE,
        /** [length], as in the checkpoint. */
        VECTOR
    }

    public Weight {
        shape = List.copyOf(shape);
    }

    public static Weight convolution(String name, int kernel, int in, int out) {
        return new Weight(name, Layout.CONVOLUTION, List.of(kernel, kernel, in, out));
    }

    public static Weight linear(String name, int in, int out) {
        return new Weight(name, Layout.LINEAR, List.of(in, out));
    }

    public static Weight table(String name, int rows, int width) {
        return new Weight(name, Layout.TABLE, List.of(rows, width));
    }

    public static Weight vector(String name, int length) {
        return new Weight(name, Layout.VECTOR, List.of(length));
    }

    /** Returns the number of elements. */
    public int size() {
        return shape.stream().reduce(1, Math::multiplyExact);
    }

    /** Returns whether a checkpoint's tensor of this shape can be this weight. */
    public boolean matchesCheckpoint(List<Integer> checkpointShape) {
        return switch (layout) {
            case CONVOLUTION -> checkpointShape.equals(checkpointShape());
            case LINEAR ->
                    checkpointShape.equals(checkpointShape()) || checkpointShape.equals(List.of(shape.get(1), shape.get(0), 1, 1));
            case TABLE, VECTOR -> checkpointShape.equals(shape);
        };
    }

    /** Returns the shape to expect in a checkpoint; a linear layer may have two more dimensions of 1. */
    public List<Integer> checkpointShape() {
        return switch (layout) {
            case CONVOLUTION -> List.of(shape.get(3), shape.get(2), shape.get(0), shape.get(1));
            case LINEAR -> List.of(shape.get(1), shape.get(0));
            case TABLE, VECTOR -> shape;
        };
    }
}
