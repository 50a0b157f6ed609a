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
     * <p>Grid: a work-group of {@code lanes} work-items for each row. Cost: 2 fp16 numbers of memory for each element; the row is read again from
     * the cache for each of three passes.
     */
    public static void layer(
            KernelContext context,
            HalfFloatArray arena,
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
            sum += arena.get(input + first + i).getFloat32();
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
            float difference = arena.get(input + first + i).getFloat32() - mean;
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
            float normalized = (arena.get(input + first + i).getFloat32() - mean) * deviation;
            float value = normalized * vectors.get(weight + i) + vectors.get(bias + i);
            arena.set(output + first + i, new HalfFloat(value));
        }
    }
}
