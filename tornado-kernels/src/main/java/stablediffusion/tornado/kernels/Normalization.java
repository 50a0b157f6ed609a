package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes group and layer normalization. A sum is distributed over the work-items of a work-group, its lanes, so that each partial sum is
 * short and its rounding error small.
 */
public final class Normalization {
    private Normalization() {}

    /**
     * Computes mean and 1/√(variance + epsilon) of each group of input [batch, positions, channels] into statistics [batch, groups, 2].
     *
     * <p>Sums the differences from the group's first element, so that a small variance is exact even beside a large mean.
     *
     * <p>Grid: batch · groups work-groups of {@code lanes} work-items. Cost: one read of the input.
     */
    public static void groupStatistics(
            KernelContext context,
            FloatArray arena,
            FloatArray statistics,
            IntArray offsets,
            int positions,
            int channels,
            int groups,
            float epsilon,
            int lanes) {
        int input = offsets.get(0);
        float[] sums = context.allocateFloatLocalArray(lanes);
        float[] squares = context.allocateFloatLocalArray(lanes);
        int lane = context.localIdx;
        int group = context.groupIdx;
        int width = channels / groups;
        int first = input + group / groups * positions * channels + group % groups * width;
        float pivot = arena.get(first);
        float sum = 0f;
        float square = 0f;
        for (int i = lane; i < positions * width; i += lanes) {
            float difference = arena.get(first + i / width * channels + i % width) - pivot;
            sum += difference;
            square += difference * difference;
        }
        sums[lane] = sum;
        squares[lane] = square;
        context.localBarrier();
        if (lane == 0) {
            float count = positions * width;
            float mean = 0f;
            float meanSquare = 0f;
            for (int i = 0; i < lanes; i++) {
                mean += sums[i] / count;
                meanSquare += squares[i] / count;
            }
            float variance = TornadoMath.max(meanSquare - mean * mean, 0f);
            statistics.set(2 * group, pivot + mean);
            statistics.set(2 * group + 1, 1f / TornadoMath.sqrt(variance + epsilon));
        }
    }

    /**
     * Computes {@code output = activation((input - mean) · weight / √(variance + epsilon) + bias)} with the statistics of
     * {@link #groupStatistics}; input and output [batch, positions, channels], weight and bias [channels].
     *
     * <p>Grid: a work-item for each element. Cost: 2 floats of memory for each element, and the activation.
     */
    public static void groupScale(
            KernelContext context,
            FloatArray arena,
            FloatArray vectors,
            FloatArray statistics,
            IntArray offsets,
            int positions,
            int channels,
            int groups,
            int activation,
            int size) {
        int input = offsets.get(0);
        int weight = offsets.get(1);
        int bias = offsets.get(2);
        int output = offsets.get(3);
        int i = context.globalIdx;
        if (i < size) {
            int channel = i % channels;
            int group = i / (positions * channels) * groups + channel / (channels / groups);
            float mean = statistics.get(2 * group);
            float scale = statistics.get(2 * group + 1) * vectors.get(weight + channel);
            float value = (arena.get(input + i) - mean) * scale + vectors.get(bias + channel);
            arena.set(output + i, ActivationFunctions.activate(value, activation));
        }
    }

    /**
     * Normalizes each row of input [rows, channels] to mean 0 and variance 1, then computes {@code · weight + bias}.
     *
     * <p>Grid: a work-group of {@code lanes} work-items for each row. Cost: 2 floats of memory for each element; the row is read again from
     * the cache for each of three passes.
     */
    public static void layer(
            KernelContext context,
            FloatArray arena,
            FloatArray vectors,
            IntArray offsets,
            int channels,
            float epsilon,
            int lanes) {
        int input = offsets.get(0);
        int weight = offsets.get(1);
        int bias = offsets.get(2);
        int output = offsets.get(3);
        float[] sums = context.allocateFloatLocalArray(lanes);
        float[] squares = context.allocateFloatLocalArray(lanes);
        int lane = context.localIdx;
        int first = context.groupIdx * channels;
        float sum = 0f;
        for (int i = lane; i < channels; i += lanes) {
            sum += arena.get(input + first + i);
        }
        sums[lane] = sum;
        context.localBarrier();
        float mean = 0f;
        for (int i = 0; i < lanes; i++) {
            mean += sums[i];
        }
        mean = mean / channels;
        float square = 0f;
        for (int i = lane; i < channels; i += lanes) {
            float difference = arena.get(input + first + i) - mean;
            square += difference * difference;
        }
        squares[lane] = square;
        context.localBarrier();
        float variance = 0f;
        for (int i = 0; i < lanes; i++) {
            variance += squares[i];
        }
        float deviation = 1f / TornadoMath.sqrt(variance / channels + epsilon);
        for (int i = lane; i < channels; i += lanes) {
            float value = (arena.get(input + first + i) - mean) * deviation;
            arena.set(output + first + i, value * vectors.get(weight + i) + vectors.get(bias + i));
        }
    }
}
