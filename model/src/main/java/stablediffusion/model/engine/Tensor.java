package stablediffusion.model.engine;

import stablediffusion.model.graph.Shape;

import java.util.Arrays;
import java.util.List;

/**
 * Holds numbers on the host, in NHWC order: the inputs and the output of an {@link Executable}.
 */
public record Tensor(Shape shape, float[] values) {
    public Tensor {
        if (values.length != shape.size()) {
            throw new IllegalArgumentException(values.length + " values do not fill " + shape);
        }
    }

    /** Reorders values of the reference implementations, whose order is batch, channels, height, width. */
    public static Tensor fromChannelsFirst(Shape shape, float[] channelsFirst) {
        float[] values = new float[shape.size()];
        for (int n = 0; n < shape.batch(); n++) {
            for (int c = 0; c < shape.channels(); c++) {
                for (int p = 0; p < shape.positions(); p++) {
                    values[(n * shape.positions() + p) * shape.channels() + c] =
                            channelsFirst[(n * shape.channels() + c) * shape.positions() + p];
                }
            }
        }
        return new Tensor(shape, values);
    }

    /** Repeats each item of the batch: [a, b] becomes [a, a, b, b] for two times. */
    public Tensor repeatItems(int times) {
        int size = values.length / shape.batch();
        float[] repeated = new float[Math.multiplyExact(values.length, times)];
        for (int n = 0; n < times * shape.batch(); n++) {
            System.arraycopy(values, n / times * size, repeated, n * size, size);
        }
        return new Tensor(shape.withBatch(times * shape.batch()), repeated);
    }

    /**
     * Joins batches of the same shape item by item: [a, b] and [c, d] become [a, c, b, d].
     *
     * @param batches at least one
     */
    public static Tensor interleave(List<Tensor> batches) {
        Shape shape = batches.getFirst().shape;
        int size = shape.size() / shape.batch();
        float[] joined = new float[Math.multiplyExact(shape.size(), batches.size())];
        for (int i = 0; i < shape.batch() * batches.size(); i++) {
            System.arraycopy(batches.get(i % batches.size()).values, i / batches.size() * size, joined, i * size, size);
        }
        return new Tensor(shape.withBatch(shape.batch() * batches.size()), joined);
    }

    /** Returns one item as a batch of its own. */
    public Tensor item(int index) {
        int size = values.length / shape.batch();
        return new Tensor(shape.withBatch(1), Arrays.copyOfRange(values, index * size, (index + 1) * size));
    }

    /** Returns the values in the order batch, channels, height, width. */
    public float[] toChannelsFirst() {
        float[] channelsFirst = new float[shape.size()];
        for (int n = 0; n < shape.batch(); n++) {
            for (int c = 0; c < shape.channels(); c++) {
                for (int p = 0; p < shape.positions(); p++) {
                    channelsFirst[(n * shape.channels() + c) * shape.positions() + p] =
                            values[(n * shape.positions() + p) * shape.channels() + c];
                }
            }
        }
        return channelsFirst;
    }
}
