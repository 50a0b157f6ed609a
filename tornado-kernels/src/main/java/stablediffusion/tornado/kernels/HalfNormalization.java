package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes group and layer normalization of activations in fp16, with statistics in 32 bits.
 */
public final class HalfNormalization {
    private HalfNormalization() {}

    /**
     * Computes {@code output = activation((input - mean) · weight / √(variance + epsilon) + bias)} with the mean and the variance of each group of
     * channels of input [batch, positions, channels]: the whole in one task, for groups that a work-group reads in a short time.
     *
     * <p>Sums the differences from the group's first element, so that a small variance is exact even beside a large mean.
     *
     * <p>Grid: batch · groups work-groups of {@code lanes} work-items, at least as many as a group has channels; each has one channel. Cost: one
     * read and one write of memory, one more read of the cache.
     *
     * @param offsets element offsets of input, weight, bias and output; then positions, channels and groups, so that all shapes have one code
     */
    public static void group(
            KernelContext context,
            HalfFloatArray arena,
            FloatArray vectors,
            IntArray offsets,
            int activation,
            float epsilon,
            int lanes) {
        float[] sums = context.allocateFloatLocalArray(lanes);
        float[] squares = context.allocateFloatLocalArray(lanes);
        int lane = context.localIdx;
        int channels = offsets.get(5);
        int groups = offsets.get(6);
        int width = channels / groups;
        int group = context.groupIdx % groups;
        int rows = lanes / width;
        int channel = group * width + lane % width;
        int step = rows * channels;
        int size = offsets.get(4) * channels;
        int image = context.groupIdx / groups * size;
        int input = offsets.get(0) + image;
        int first = lane < rows * width ? lane / width * channels + channel : size;
        float pivot = arena.get(input + group * width).getFloat32();
        float sum = 0f;
        float square = 0f;
        // Four loads at a time, because the memory is far.
        for (int i = first; i < size; i += 4 * step) {
            float a = difference(arena, input, i, size, pivot);
            float b = difference(arena, input, i + step, size, pivot);
            float c = difference(arena, input, i + 2 * step, size, pivot);
            float d = difference(arena, input, i + 3 * step, size, pivot);
            sum += a + b + (c + d);
            square += a * a + b * b + (c * c + d * d);
        }
        sums[lane] = sum;
        squares[lane] = square;
        context.localBarrier();
        for (int half = lanes / 2; half > 0; half = half / 2) {
            if (lane < half) {
                sums[lane] += sums[lane + half];
                squares[lane] += squares[lane + half];
            }
            context.localBarrier();
        }
        float count = offsets.get(4) * width;
        float shift = sums[0] / count;
        float variance = TornadoMath.max(squares[0] / count - shift * shift, 0f);
        float mean = pivot + shift;
        float scale = vectors.get(offsets.get(1) + channel) / TornadoMath.sqrt(variance + epsilon);
        float bias = vectors.get(offsets.get(2) + channel);
        int output = offsets.get(3) + image;
        for (int i = first; i < size; i += 4 * step) {
            float a = difference(arena, input, i, size, mean);
            float b = difference(arena, input, i + step, size, mean);
            float c = difference(arena, input, i + 2 * step, size, mean);
            float d = difference(arena, input, i + 3 * step, size, mean);
            store(arena, output, i, size, ActivationFunctions.activate(a * scale + bias, activation));
            store(arena, output, i + step, size, ActivationFunctions.activate(b * scale + bias, activation));
            store(arena, output, i + 2 * step, size, ActivationFunctions.activate(c * scale + bias, activation));
            store(arena, output, i + 3 * step, size, ActivationFunctions.activate(d * scale + bias, activation));
        }
    }

    /** Returns the difference of an element from a number, 0 behind the last element. */
    private static float difference(HalfFloatArray arena, int from, int i, int size, float number) {
        return i < size ? arena.get(from + i).getFloat32() - number : 0f;
    }

    private static void store(HalfFloatArray arena, int to, int i, int size, float value) {
        if (i < size) {
            arena.set(to + i, new HalfFloat(value));
        }
    }

    /**
     * Sums each group of input [batch, positions, channels] and its squares into statistics [batch, groups, slices, 2]: for each slice of the
     * positions a partial sum, so that there are enough work-groups to fill a device.
     *
     * <p>Sums the differences from the group's first element, so that a small variance is exact even beside a large mean.
     *
     * <p>Grid: batch · groups / {@code together} · slices work-groups of {@code lanes} work-items. Cost: one read of the input.
     *
     * @param together groups that a work-group sums, each lane an element of the same channel in some rows: a divisor of {@code groups}, and 1 if
     *     a group has more channels than there are lanes
     */
    public static void groupSums(
            KernelContext context,
            HalfFloatArray arena,
            FloatArray statistics,
            IntArray offsets,
            int positions,
            int channels,
            int groups,
            int together,
            int slices,
            int lanes) {
        float[] sums = context.allocateFloatLocalArray(lanes);
        float[] squares = context.allocateFloatLocalArray(lanes);
        int lane = context.localIdx;
        int slice = context.groupIdx % slices;
        int firstGroup = context.groupIdx / slices * together;
        int width = channels / groups;
        int columns = together * width;
        int active = columns <= lanes ? lanes / columns * columns : lanes;
        int perSlice = (positions + slices - 1) / slices;
        int rows = Math.min(perSlice, positions - slice * perSlice);
        int image = offsets.get(0) + firstGroup / groups * positions * channels + firstGroup % groups * width;
        int input = image + slice * perSlice * channels;
        int ownGroup = lane % columns / width;
        float pivot = arena.get(image + ownGroup * width).getFloat32();
        float sum = 0f;
        float square = 0f;
        if (lane < active) {
            for (int i = lane; i < rows * columns; i += active) {
                float difference = arena.get(input + i / columns * channels + i % columns).getFloat32() - pivot;
                sum += difference;
                square += difference * difference;
            }
        }
        sums[lane] = sum;
        squares[lane] = square;
        context.localBarrier();
        if (lane < together) {
            float all = 0f;
            float allSquares = 0f;
            int share = together == 1 ? active : active / columns * width;
            for (int i = 0; i < share; i++) {
                int other = together == 1 ? i : i / width * columns + lane * width + i % width;
                all += sums[other];
                allSquares += squares[other];
            }
            int to = 2 * ((firstGroup + lane) * slices + slice);
            statistics.set(to, all);
            statistics.set(to + 1, allSquares);
        }
    }

    /**
     * Computes {@code output = activation((input - mean) · weight / √(variance + epsilon) + bias)} with the sums of {@link #groupSums}; input
     * and output [batch, positions, channels], weight and bias [channels].
     *
     * <p>Grid: batch · positions · channels / {@code chunk} work-groups of {@code lanes} work-items, rounded up for each item of the batch. Cost: 2 fp16 numbers of memory for each
     * element, and the activation.
     *
     * @param chunk elements that a work-group maps
     */
    public static void groupScale(
            KernelContext context,
            HalfFloatArray arena,
            FloatArray vectors,
            FloatArray statistics,
            IntArray offsets,
            int positions,
            int channels,
            int groups,
            int slices,
            int activation,
            float epsilon,
            int chunk,
            int lanes) {
        float[] means = context.allocateFloatLocalArray(groups);
        float[] scales = context.allocateFloatLocalArray(groups);
        int lane = context.localIdx;
        int width = channels / groups;
        int size = positions * channels;
        int chunks = (size + chunk - 1) / chunk;
        int batch = context.groupIdx / chunks;
        int input = offsets.get(0) + batch * size;
        int weight = offsets.get(1);
        int bias = offsets.get(2);
        int output = offsets.get(3) + batch * size;
        for (int group = lane; group < groups; group += lanes) {
            float sum = 0f;
            float square = 0f;
            for (int i = 0; i < slices; i++) {
                int from = 2 * ((batch * groups + group) * slices + i);
                sum += statistics.get(from);
                square += statistics.get(from + 1);
            }
            float count = positions * width;
            float mean = sum / count;
            float variance = TornadoMath.max(square / count - mean * mean, 0f);
            means[group] = arena.get(input + group * width).getFloat32() + mean;
            scales[group] = 1f / TornadoMath.sqrt(variance + epsilon);
        }
        context.localBarrier();
        int first = context.groupIdx % chunks * chunk;
        int end = Math.min(first + chunk, size);
        for (int i = first + lane; i < end; i += lanes) {
            int channel = i % channels;
            int group = channel / width;
            float scale = scales[group] * vectors.get(weight + channel);
            float normalized = (arena.get(input + i).getFloat32() - means[group]) * scale + vectors.get(bias + channel);
            float value = ActivationFunctions.activate(normalized, activation);
            arena.set(output + i, new HalfFloat(value));
        }
    }

    /**
     * Normalizes each row of input [rows, channels] to mean 0 and variance 1, then computes {@code · weight + bias}.
     *
     * <p>Grid: {@code step} work-groups of {@code lanes} work-items, each for every {@code step}-th row. Cost: 2 fp16 numbers of memory for each element; the row is
     * read again from the cache for each of three passes.
     *
     * @param offsets element offsets of input, weight, bias and output; then rows, channels and step, so that all shapes have one code
     */
    public static void layer(
            KernelContext context,
            HalfFloatArray arena,
            FloatArray vectors,
            IntArray offsets,
            float epsilon,
            int lanes) {
        float[] sums = context.allocateFloatLocalArray(lanes);
        float[] squares = context.allocateFloatLocalArray(lanes);
        int lane = context.localIdx;
        int weight = offsets.get(1);
        int bias = offsets.get(2);
        int channels = offsets.get(5);
        int step = offsets.get(6);
        int end = offsets.get(4) * channels;
        for (int row = context.groupIdx * channels; row < end; row += step * channels) {
            int input = offsets.get(0) + row;
            int output = offsets.get(3) + row;
            float sum = 0f;
            for (int i = lane; i < channels; i += lanes) {
                sum += arena.get(input + i).getFloat32();
            }
            sums[lane] = sum;
            context.localBarrier();
            for (int half = lanes / 2; half > 0; half = half / 2) {
                if (lane < half) {
                    sums[lane] += sums[lane + half];
                }
                context.localBarrier();
            }
            float mean = sums[0] / channels;
            float square = 0f;
            for (int i = lane; i < channels; i += lanes) {
                float difference = arena.get(input + i).getFloat32() - mean;
                square += difference * difference;
            }
            squares[lane] = square;
            context.localBarrier();
            for (int half = lanes / 2; half > 0; half = half / 2) {
                if (lane < half) {
                    squares[lane] += squares[lane + half];
                }
                context.localBarrier();
            }
            float deviation = 1f / TornadoMath.sqrt(squares[0] / channels + epsilon);
            for (int i = lane; i < channels; i += lanes) {
                float normalized = (arena.get(input + i).getFloat32() - mean) * deviation;
                float value = normalized * vectors.get(weight + i) + vectors.get(bias + i);
                arena.set(output + i, new HalfFloat(value));
            }
        }
    }
}
