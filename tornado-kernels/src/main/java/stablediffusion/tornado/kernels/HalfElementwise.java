package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Does what {@link Elementwise} does with activations in fp16; every element is computed in 32 bits and rounded once. Grid of each: one work-item for each element of the output, in one dimension,
 * rounded up to whole work-groups. Cost of each: the memory that is read and written, in fp16 numbers for each element.
 */
public final class HalfElementwise {
    private HalfElementwise() {}

    /** Copies an input [size] from its own array into the arena. Cost: 2. */
    public static void load(KernelContext context, FloatArray from, HalfFloatArray arena, IntArray offsets, int size) {
        int output = offsets.get(0);
        int i = context.globalIdx;
        if (i < size) {
            float value = from.get(i);
            arena.set(output + i, new HalfFloat(value));
        }
    }

    /** Copies the output [size] from the arena into its own array. Cost: 2. */
    public static void store(KernelContext context, HalfFloatArray arena, FloatArray to, IntArray offsets, int size) {
        int input = offsets.get(0);
        int i = context.globalIdx;
        if (i < size) {
            to.set(i, arena.get(input + i).getFloat32());
        }
    }

    /** Computes {@code output = left + right}, each [size]. Cost: 3. */
    public static void sum(KernelContext context, HalfFloatArray arena, IntArray offsets, int size) {
        int left = offsets.get(0);
        int right = offsets.get(1);
        int output = offsets.get(2);
        int i = context.globalIdx;
        if (i < size) {
            float value = arena.get(left + i).getFloat32() + arena.get(right + i).getFloat32();
            arena.set(output + i, new HalfFloat(value));
        }
    }

    /** Adds batchBias [batch, channels] to input [batch, positions, channels]. Cost: 2, because batchBias is small. */
    public static void sumBatchBias(
            KernelContext context, HalfFloatArray arena, IntArray offsets, int positions, int channels, int size) {
        int input = offsets.get(0);
        int batchBias = offsets.get(1);
        int output = offsets.get(2);
        int i = context.globalIdx;
        if (i < size) {
            int vector = i / (positions * channels) * channels + i % channels;
            float value = arena.get(input + i).getFloat32() + arena.get(batchBias + vector).getFloat32();
            arena.set(output + i, new HalfFloat(value));
        }
    }

    /** Computes {@code output = activation(input)}, each [size]. Cost: 2. */
    public static void activate(KernelContext context, HalfFloatArray arena, IntArray offsets, int activation, int size) {
        int input = offsets.get(0);
        int output = offsets.get(1);
        int i = context.globalIdx;
        if (i < size) {
            float value = ActivationFunctions.activate(arena.get(input + i).getFloat32(), activation);
            arena.set(output + i, new HalfFloat(value));
        }
    }

    /** Multiplies the first half of the channels of input [rows, 2 · channels] by the GELU of the second half. Cost: 3. */
    public static void geglu(KernelContext context, HalfFloatArray arena, IntArray offsets, int channels, int size) {
        int input = offsets.get(0);
        int output = offsets.get(1);
        int i = context.globalIdx;
        if (i < size) {
            int from = input + i / channels * 2 * channels + i % channels;
            float value = arena.get(from).getFloat32() * ActivationFunctions.gelu(arena.get(from + channels).getFloat32());
            arena.set(output + i, new HalfFloat(value));
        }
    }

    /**
     * Concatenates the channels of left [rows, leftChannels] and right [rows, rightChannels]. Cost: 2.
     *
     * <p>Grid: {@code step} work-groups of {@code lanes} work-items, each for every {@code step}-th row.
     *
     * @param offsets element offsets of left, right and output; then leftChannels, rightChannels, rows and step, so that all shapes have one code
     */
    public static void concatenate(KernelContext context, HalfFloatArray arena, IntArray offsets, int lanes) {
        int leftChannels = offsets.get(3);
        int rightChannels = offsets.get(4);
        int rows = offsets.get(5);
        int step = offsets.get(6);
        int channels = leftChannels + rightChannels;
        for (int row = context.groupIdx; row < rows; row += step) {
            int left = offsets.get(0) + row * leftChannels;
            int right = offsets.get(1) + row * rightChannels;
            int output = offsets.get(2) + row * channels;
            for (int i = context.localIdx; i < leftChannels; i += lanes) {
                arena.set(output + i, arena.get(left + i));
            }
            for (int i = context.localIdx; i < rightChannels; i += lanes) {
                arena.set(output + leftChannels + i, arena.get(right + i));
            }
        }
    }

    /**
     * Doubles height and width of input [batch, inHeight, inWidth, channels], with each pixel four times in output
     * [batch, outHeight, outWidth, channels]. Cost: 1.25.
     */
    public static void enlarge(
            KernelContext context,
            HalfFloatArray arena,
            IntArray offsets,
            int inHeight,
            int inWidth,
            int outHeight,
            int outWidth,
            int channels,
            int size) {
        int input = offsets.get(0);
        int output = offsets.get(1);
        int i = context.globalIdx;
        if (i < size) {
            int channel = i % channels;
            int pixel = i / channels;
            int x = pixel % outWidth / 2;
            int y = pixel / outWidth % outHeight / 2;
            int image = pixel / (outWidth * outHeight);
            arena.set(output + i, arena.get(input + ((image * inHeight + y) * inWidth + x) * channels + channel));
        }
    }

    /**
     * Looks for numbers in the arena that are infinite or none at all: 1 in found [work-groups] where a work-group saw one, else 0.
     *
     * <p>Grid: any number of work-groups of {@code lanes} work-items. Cost: 1.
     *
     * @param offsets element offset of the numbers, and how many there are
     */
    public static void findInfinite(KernelContext context, HalfFloatArray arena, FloatArray found, IntArray offsets, int lanes) {
        int input = offsets.get(0);
        int size = offsets.get(1);
        float[] sums = context.allocateFloatLocalArray(lanes);
        float sum = 0f;
        for (int i = context.globalIdx; i < size; i += context.globalGroupSizeX) {
            // Zero, if the number is finite.
            sum += arena.get(input + i).getFloat32() * 0f;
        }
        sums[context.localIdx] = sum;
        context.localBarrier();
        if (context.localIdx == 0) {
            float all = 0f;
            for (int i = 0; i < lanes; i++) {
                all += sums[i];
            }
            found.set(context.groupIdx, all == 0f ? 0f : 1f);
        }
    }
}
