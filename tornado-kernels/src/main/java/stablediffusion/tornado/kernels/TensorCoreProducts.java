package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Holds what {@link AsyncProducts} and {@link RegisterProducts} share. Both compute matrix products and convolutions with the tensor cores of
 * NVIDIA's GPUs, with fp16 factors and sums in 32 bits:
 * {@code output = activation(input * weight + bias + batchBias) + residual}, where {@code *} is a convolution with zero
 * padding, and a matrix product where the convolution's kernel is 1 x 1. With {@link #GATED}, {@code output = value · gelu(gate)} with
 * {@code [value gate] = input · weight + bias}.
 *
 * <p>Layout: as {@link CpuProducts#product}, all in fp16 but the bias. Several linear layers of one input are computed at once: their blocks lie
 * side by side.
 *
 * <p>A work-group computes a block of the output, each of its warps 64 rows and 32 columns of it, as 4 x 4 fragments of 16 x 8 sums. For each
 * {@value #DEPTH} elements of the inner dimension, it copies a block of both factors to local memory, while it multiplies the blocks before
 * them. Fragments have no index, hence the many variables; they can only be stored as 32-bit numbers, hence the scratch memory.
 *
 * <p>Arguments of both kernels: {@code offsets} has the element offsets of input and, in the fourth and fifth place, batchBias and residual;
 * batch, height and width of the input, its channels, height and width of the output, number of blocks side by side; the offset of zeros in
 * the arena, as many as there are input channels, rounded up to {@value #DEPTH}; {@value #WARP_ROWS}, because a loop bound that is no
 * constant keeps the loop from being unrolled; the number of work-groups; number of layers; and for each layer its first block of those side
 * by side, the element offsets of its weight, bias and output, and the number of its columns. Sizes are there so that layers of other sizes
 * have the same code. {@code parameters} is {@link ConvolutionParameters#of}, {@code properties} the sum of some of the constants here.
 */
public final class TensorCoreProducts {
    /** Part of the inner dimension that is copied at a time. */
    static final int DEPTH = 32;
    /** The part of the output that a warp computes. */
    public static final int WARP_ROWS = 64;
    public static final int WARP_COLUMNS = 32;
    static final int WARP = 32;
    /** Bytes of a row of the left block. */
    static final int LEFT_PITCH = 2 * DEPTH;
    /** Bytes between a warp's fragments of the left block. */
    static final int LEFT_FRAGMENT = 16 * LEFT_PITCH;

    /** Where the offsets of the first layer are, and their number. */
    public static final int LAYERS = 17;
    public static final int LAYER = 5;

    /** The number of input channels is a multiple of {@value #DEPTH}. */
    public static final int WHOLE_DEPTH = 1;
    /** The number of input channels is even. */
    public static final int EVEN_IN = 2;
    /** The number of columns of the weight is even. */
    public static final int EVEN_OUT = 4;
    /** The weight has a column of values and one of gates for each column of the output: GEGLU. */
    public static final int GATED = 8;

    private TensorCoreProducts() {}

    /** Returns the number of work-items of a work-group. */
    public static int items(int blockRows, int blockColumns) {
        return blockRows / WARP_ROWS * (blockColumns / WARP_COLUMNS) * WARP;
    }

    /** Returns the first of the layer's places in offsets, of which the block of those side by side is. */
    static int layer(IntArray offsets, int block) {
        int layers = offsets.get(16);
        int layer = LAYERS;
        for (int i = 1; i < layers; i++) {
            layer = block >= offsets.get(LAYERS + LAYER * i) ? LAYERS + LAYER * i : layer;
        }
        return layer;
    }

    /** Returns the column of the weight that a pair of columns of a block begins with; one of the last columns beyond them. */
    static int column(int firstColumn, int pair, int out, int properties) {
        int columns = (properties & GATED) == 0 ? out : 2 * out;
        int column = firstColumn + 2 * pair;
        if ((properties & GATED) != 0) {
            column = firstColumn + pair / 8 * 8 + pair % 4 * 2 + pair / 4 % 2 * out;
        }
        return Math.min(column, columns - 1 - (properties & EVEN_OUT) / EVEN_OUT);
    }

    /**
     * Returns where a lane loads its row of a fragment of the left block, less where mmaLoadA would, in bytes. Chunks of 16 bytes are permuted, so
     * that no two lanes of eight read from the same bank.
     *
     * @param half 0 or 1: the first or the second 16 elements of the inner dimension
     */
    static int leftLane(int lane, int warpRow, int half) {
        int own = lane % 16;
        return (warpRow + own) * LEFT_PITCH - own * 32 - lane / 16 * 16 + (lane / 16 + 2 * half ^ own / 2 % 4) * 16;
    }

    /** Returns where a pair of elements of the left block is in local memory: see {@link #leftLane}. */
    static int leftPlace(int row, int pair) {
        return row * (DEPTH / 2) + (pair / 4 ^ row / 2 % 4) * 4 + pair % 4;
    }

    /** Returns the offset of the input's pixel that one element of the convolution's kernel multiplies, or that of zeros. */
    static int source(IntArray offsets, int row, int rows, int tap, int in, int zeros, int parameters) {
        int pixel = CpuProducts.source(
                row, tap, offsets.get(7), offsets.get(8), offsets.get(10), offsets.get(11), parameters);
        return pixel < 0 || row >= rows ? zeros : offsets.get(0) + pixel * in;
    }

    /** Returns two elements as they lie in local memory. */
    static int pair(HalfFloatArray array, int first, int second) {
        return array.get(first).getHalfFloatValue() & 0xFFFF | array.get(second).getHalfFloatValue() << 16;
    }

    /** Returns the bias of a column, or 0 if there is none. */
    static float bias(FloatArray vectors, int at, int parameters) {
        return ConvolutionParameters.adds(parameters, ConvolutionParameters.BIAS) != 0 ? vectors.get(at) : 0f;
    }

    /** Adds what the epilogue adds after the bias, and stores the sum. */
    static void store(
            HalfFloatArray arena,
            float sum,
            int row,
            int rows,
            int column,
            int out,
            int output,
            int batchBias,
            int positions,
            int residual,
            int parameters) {
        if (row < rows && column < out) {
            float value = sum;
            if (ConvolutionParameters.adds(parameters, ConvolutionParameters.BATCH_BIAS) != 0) {
                value += arena.get(batchBias + row / positions * out + column).getFloat32();
            }
            value = ActivationFunctions.activate(value, ConvolutionParameters.activation(parameters));
            if (ConvolutionParameters.adds(parameters, ConvolutionParameters.RESIDUAL) != 0) {
                value += arena.get(residual + row * out + column).getFloat32();
            }
            arena.set(output + row * out + column, new HalfFloat(value));
        }
    }
}
