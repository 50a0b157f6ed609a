package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes group normalization on GPUs. There are fewer groups of channels than a GPU can run work-groups, so the positions are cut into
 * slices. The task that scales combines the statistics of the slices, which saves a task between the two.
 */
public final class GpuNormalization {
    private GpuNormalization() {}

    /**
     * Computes the mean and the sum of squared deviations of each slice of each group of input [batch, positions, channels] into statistics
     * [batch, groups, slices, 2].
     *
     * <p>Grid: groups / own x batch · slices work-groups of {@code width} x {@code height} work-items. Neighbouring work-items read neighbouring
     * channels, those of {@code own} groups. Cost: one read of the input.
     *
     * @param own number of neighbouring groups that a work-group computes, a divisor of their number; 1 if they are wider than a work-group
     * @param length number of positions of a slice; the last may have fewer
     */
    public static void groupStatistics(
            KernelContext context,
            FloatArray arena,
            FloatArray statistics,
            IntArray offsets,
            int positions,
            int channels,
            int groups,
            int own,
            int slices,
            int length,
            int width,
            int height) {
        float[] sums = context.allocateFloatLocalArray(width * height);
        float[] squares = context.allocateFloatLocalArray(width * height);
        int x = context.localIdx;
        int y = context.localIdy;
        int batch = context.groupIdy / slices;
        int slice = context.groupIdy % slices;
        int group = context.groupIdx * own;
        int wide = channels / groups;
        int input = offsets.get(0) + batch * positions * channels + group * wide;
        int first = slice * length;
        int last = Math.min(first + length, positions);
        int mine = Math.min(x / wide, own - 1);
        // Differences from an element of the group keep a small variance exact beside a large mean.
        float pivot = arena.get(input + first * channels + mine * wide);
        float sum = 0f;
        float square = 0f;
        for (int channel = x; channel < own * wide; channel += width) {
            // Four loads at a time, because the memory is far.
            for (int position = first + y; position < last; position += 4 * height) {
                float a = difference(arena, input + channel, position, last, channels, pivot);
                float b = difference(arena, input + channel, position + height, last, channels, pivot);
                float c = difference(arena, input + channel, position + 2 * height, last, channels, pivot);
                float d = difference(arena, input + channel, position + 3 * height, last, channels, pivot);
                sum += a + b + (c + d);
                square += a * a + b * b + (c * c + d * d);
            }
        }
        sums[y * width + x] = sum;
        squares[y * width + x] = square;
        context.localBarrier();
        if (y == 0) {
            for (int i = 1; i < height; i++) {
                sum += sums[i * width + x];
                square += squares[i * width + x];
            }
            sums[x] = sum;
            squares[x] = square;
        }
        context.localBarrier();
        int columns = Math.min(wide, width);
        if (y == 0 && x == mine * columns) {
            for (int i = 1; i < columns; i++) {
                sum += sums[x + i];
                square += squares[x + i];
            }
            float count = (last - first) * wide;
            int to = 2 * ((batch * groups + group + mine) * slices + slice);
            statistics.set(to, pivot + sum / count);
            statistics.set(to + 1, TornadoMath.max(square - sum * sum / count, 0f));
        }
    }

    /**
     * Computes the same as {@link Normalization#groupScale} from the statistics of {@link #groupStatistics}, which it combines by the formula of
     * Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
     *
     * <p>Grid: positions / part, rounded up, x batch work-groups of {@code lanes} work-items. Cost: 2 floats of memory for each element, and the activation; each
     * work-group reads the statistics of its item of the batch.
     *
     * @param offsets element offsets of input, weight, bias and output; then the number of slices, because a loop bound that is
     *     no constant keeps the loop from being unrolled
     * @param length see {@link #groupStatistics}
     * @param part number of positions that a work-group scales; the last may have fewer
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
            float epsilon,
            int activation,
            int length,
            int part,
            int lanes) {
        float[] means = context.allocateFloatLocalArray(groups);
        float[] scales = context.allocateFloatLocalArray(groups);
        int lane = context.localIdx;
        int batch = context.groupIdy;
        int wide = channels / groups;
        float each = 1f / positions;
        int end = offsets.get(4);
        for (int group = lane; group < groups; group += lanes) {
            int from = 2 * (batch * groups + group) * end;
            float mean = 0f;
            for (int i = 0; i < end; i++) {
                mean += statistics.get(from + 2 * i) * (Math.min(length, positions - i * length) * each);
            }
            float square = 0f;
            for (int i = 0; i < end; i++) {
                float difference = statistics.get(from + 2 * i) - mean;
                square += statistics.get(from + 2 * i + 1) + difference * difference * (Math.min(length, positions - i * length) * wide);
            }
            means[group] = mean;
            scales[group] = 1f / TornadoMath.sqrt(square / (positions * wide) + epsilon);
        }
        context.localBarrier();
        int first = context.groupIdx * part;
        int last = Math.min(first + part, positions);
        for (int channel = lane; channel < channels; channel += lanes) {
            int input = offsets.get(0) + batch * positions * channels + channel;
            int output = offsets.get(3) + batch * positions * channels + channel;
            float mean = means[channel / wide];
            float scale = scales[channel / wide] * vectors.get(offsets.get(1) + channel);
            float bias = vectors.get(offsets.get(2) + channel);
            // Four loads at a time, which must come before the stores, since these might be to the same place.
            for (int position = first; position < last; position += 4) {
                float a = difference(arena, input, position, last, channels, mean);
                float b = difference(arena, input, position + 1, last, channels, mean);
                float c = difference(arena, input, position + 2, last, channels, mean);
                float d = difference(arena, input, position + 3, last, channels, mean);
                store(arena, output, position, last, channels, ActivationFunctions.activate(a * scale + bias, activation));
                store(arena, output, position + 1, last, channels, ActivationFunctions.activate(b * scale + bias, activation));
                store(arena, output, position + 2, last, channels, ActivationFunctions.activate(c * scale + bias, activation));
                store(arena, output, position + 3, last, channels, ActivationFunctions.activate(d * scale + bias, activation));
            }
        }
    }

    /** Returns the difference of an element from a number, 0 behind the last position. */
    private static float difference(FloatArray arena, int from, int position, int last, int channels, float number) {
        return position < last ? arena.get(from + position * channels) - number : 0f;
    }

    private static void store(FloatArray arena, int to, int position, int last, int channels, float value) {
        if (position < last) {
            arena.set(to + position * channels, value);
        }
    }
}
