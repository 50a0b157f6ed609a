package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes matrix products and convolutions with the tensor cores of NVIDIA's GPUs: fp16 factors, sums in 32 bits.
 *
 * <p>A work-group computes a block of the output, each of its warps 64 rows and 32 columns of it, as 4 x 4 fragments of 16 x 8 sums. For each
 * {@value #DEPTH} elements of the inner dimension, it copies a block of both factors to local memory, while it multiplies the blocks before
 * them. Fragments have no index, hence the many variables; they can only be stored as 32-bit numbers, hence the scratch memory.
 */
public final class TensorCoreProducts {
    /** Part of the inner dimension that is copied at a time. */
    private static final int DEPTH = 32;
    /** The part of the output that a warp computes. */
    public static final int WARP_ROWS = 64;
    public static final int WARP_COLUMNS = 32;
    private static final int WARP = 32;
    /** Bytes of a row of the left block. */
    private static final int LEFT_PITCH = 2 * DEPTH;
    /** Bytes between a warp's fragments of the left block. */
    private static final int LEFT_FRAGMENT = 16 * LEFT_PITCH;

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

    /**
     * Computes {@code output = activation(input * weight + bias + batchBias) + residual}, where {@code *} is a convolution with zero
     * padding, and a matrix product where the convolution's kernel is 1 x 1. With {@link #GATED}, {@code output = value · gelu(gate)} with
     * {@code [value gate] = input · weight + bias}.
     *
     * <p>Layout: as {@link CpuProducts#product}, all in fp16 but the bias.
     *
     * <p>Grid: {@code groups} work-groups, in y, of {@link #items}. Each computes every {@code groups}th block, and keeps its sums in its own part of scratch
     * [groups, blockRows, blockColumns]. Cost: as {@link CpuProducts#product}; each output takes 4 bytes of scratch memory, written and read once.
     *
     * <p>Several linear layers of one input are computed at once: their blocks lie side by side.
     *
     * @param offsets element offsets of input and, in the fourth and fifth place, batchBias and residual; batch, height and width of the
     *     input, its channels, height and width of the output, number of blocks side by side; the offset of zeros in the arena, as many as there
     *     are input channels, rounded up to {@value #DEPTH}; {@value #WARP_ROWS}, because a loop bound that is no constant keeps the loop from
     *     being unrolled; groups; number of layers; and for each layer its first block of those side by side, the element offsets of its
     *     weight, bias and output, and the number of its columns. Sizes are here so that layers of other sizes have the same code.
     * @param parameters see {@link ConvolutionParameters#of}
     * @param properties the sum of some of the constants above
     * @param blockRows rows of a block, a multiple of {@value #WARP_ROWS}
     * @param blockColumns columns of a block, 64 or 128
     */
    public static void product(
            KernelContext context,
            HalfFloatArray arena,
            HalfFloatArray weights,
            FloatArray vectors,
            FloatArray scratch,
            IntArray offsets,
            int parameters,
            int properties,
            int blockRows,
            int blockColumns) {
        int groups = offsets.get(15);
        int in = offsets.get(9);
        int rows = offsets.get(6) * offsets.get(10) * offsets.get(11);
        int zeros = offsets.get(13);
        int width = (properties & GATED) == 0 ? blockColumns : blockColumns / 2;
        int across = offsets.get(12);
        int blocks = (rows + blockRows - 1) / blockRows * across;
        int positions = offsets.get(10) * offsets.get(11);
        int layers = offsets.get(16);
        int batchBias = offsets.get(3);
        int residual = offsets.get(4);
        int rowsOfItem = (properties & GATED) == 0 ? offsets.get(14) : offsets.get(14) / 2;
        int taps = ConvolutionParameters.kernelSize(parameters) * ConvolutionParameters.kernelSize(parameters);
        int steps = taps * ((in + DEPTH - 1) / DEPTH);

        int[] left = context.allocateIntLocalArray(2 * blockRows * DEPTH / 2);
        int[] right = context.allocateIntLocalArray(2 * DEPTH * (blockColumns / 2 + 4));
        int[] pixels = context.allocateIntLocalArray(2 * blockRows);
        int item = context.localIdx;
        int items = blockRows / WARP_ROWS * (blockColumns / WARP_COLUMNS) * WARP;
        int lane = item % WARP;
        int warpRow = item / WARP / (blockColumns / WARP_COLUMNS) * WARP_ROWS;
        int warpColumn = item / WARP % (blockColumns / WARP_COLUMNS) * WARP_COLUMNS;

        // Where a lane loads its row of a fragment, less where mmaLoad would. No two lanes of eight read from the same bank: in the left
        // block chunks of 16 bytes are permuted, in the right one rows are 16 bytes longer.
        int own = lane % 16;
        int leftLane = (warpRow + own) * LEFT_PITCH - own * 32 - lane / 16 * 16;
        int leftFirst = leftLane + (lane / 16 ^ own / 2 % 4) * 16;
        int leftSecond = leftLane + (lane / 16 + 2 ^ own / 2 % 4) * 16;
        int rightLane = own * (2 * blockColumns) + 2 * warpColumn;

        // Which elements a work-item copies: a pair of columns of some rows of each factor.
        int leftPair = item % (DEPTH / 2);
        int leftRow = item / (DEPTH / 2);
        int leftTo = leftRow * (DEPTH / 2) + (leftPair / 4 ^ leftRow / 2 % 4) * 4 + leftPair % 4;
        int leftApart = items / (DEPTH / 2);
        int rightPair = item % (blockColumns / 2);
        int rightRow = item / (blockColumns / 2);
        int rightPitch = blockColumns / 2 + 4;
        int rightTo = rightRow * rightPitch + rightPair;
        int rightApart = items / (blockColumns / 2);

        for (int block = context.groupIdy; block < blocks; block += groups) {
            int firstRow = block / across * blockRows;
            int layer = LAYERS;
            for (int i = 1; i < layers; i++) {
                layer = block % across >= offsets.get(LAYERS + LAYER * i) ? LAYERS + LAYER * i : layer;
            }
            int firstColumn = (block % across - offsets.get(layer)) * width;
            int weight = offsets.get(layer + 1);
            int biasAt = offsets.get(layer + 2);
            int output = offsets.get(layer + 3);
            int out = offsets.get(layer + 4);
            int weightColumns = (properties & GATED) == 0 ? out : 2 * out;
            int column = firstColumn + 2 * rightPair;
            if ((properties & GATED) != 0) {
                column = firstColumn + rightPair / 8 * 8 + rightPair % 4 * 2 + rightPair / 4 % 2 * out;
            }
            column = Math.min(column, weightColumns - 1 - (properties & EVEN_OUT) / EVEN_OUT);
            float[] s00 = context.mmaFragment(0f);
            float[] s01 = context.mmaFragment(0f);
            float[] s02 = context.mmaFragment(0f);
            float[] s03 = context.mmaFragment(0f);
            float[] s10 = context.mmaFragment(0f);
            float[] s11 = context.mmaFragment(0f);
            float[] s12 = context.mmaFragment(0f);
            float[] s13 = context.mmaFragment(0f);
            float[] s20 = context.mmaFragment(0f);
            float[] s21 = context.mmaFragment(0f);
            float[] s22 = context.mmaFragment(0f);
            float[] s23 = context.mmaFragment(0f);
            float[] s30 = context.mmaFragment(0f);
            float[] s31 = context.mmaFragment(0f);
            float[] s32 = context.mmaFragment(0f);
            float[] s33 = context.mmaFragment(0f);
            if (item < blockRows) {
                pixels[item] = source(offsets, firstRow + item, rows, 0, in, zeros, parameters);
            }
            // The first step multiplies zeros, while the first blocks are copied: a second loop body would take longer to compile, and
            // the step would wait for the copies otherwise.
            for (int i = 0; i < blockRows * DEPTH / 2 / items; i++) {
                left[blockRows * DEPTH / 2 + item + i * items] = 0;
            }
            for (int i = 0; i < DEPTH; i += rightApart) {
                right[DEPTH * rightPitch + rightTo + i * rightPitch] = 0;
            }
            int tap = 0;
            int depth = 0;
            for (int step = 0; step <= steps; step++) {
                context.asyncCopyWaitGroup(0);
                context.localBarrier();
                if (step < steps) {
                    int k = depth + 2 * leftPair;
                    int leftStage = leftTo + step % 2 * (blockRows * DEPTH / 2);
                    int pixel = tap % 2 * blockRows + leftRow;
                    for (int i = 0; i < blockRows; i += 4 * leftApart) {
                        int p0 = pixels[pixel + i];
                        int p1 = pixels[pixel + i + leftApart];
                        int p2 = pixels[pixel + i + 2 * leftApart];
                        int p3 = pixels[pixel + i + 3 * leftApart];
                        int from0 = (properties & WHOLE_DEPTH) != 0 || k < in ? p0 + k : zeros;
                        int from1 = (properties & WHOLE_DEPTH) != 0 || k < in ? p1 + k : zeros;
                        int from2 = (properties & WHOLE_DEPTH) != 0 || k < in ? p2 + k : zeros;
                        int from3 = (properties & WHOLE_DEPTH) != 0 || k < in ? p3 + k : zeros;
                        // Four rows further the permutation is another one, eight rows further the same.
                        int odd = leftApart == 4 ? (leftStage ^ 8) + DEPTH / 2 * leftApart : leftStage + DEPTH / 2 * leftApart;
                        int to0 = leftStage + i * (DEPTH / 2);
                        int to1 = odd + i * (DEPTH / 2);
                        int to2 = to0 + DEPTH * leftApart;
                        int to3 = to1 + DEPTH * leftApart;
                        if ((properties & EVEN_IN) != 0) {
                            context.asyncCopyToLocal(left, to0, arena, from0);
                            context.asyncCopyToLocal(left, to1, arena, from1);
                            context.asyncCopyToLocal(left, to2, arena, from2);
                            context.asyncCopyToLocal(left, to3, arena, from3);
                        } else {
                            left[to0] = pair(arena, from0, k + 1 < in ? p0 + k + 1 : zeros);
                            left[to1] = pair(arena, from1, k + 1 < in ? p1 + k + 1 : zeros);
                            left[to2] = pair(arena, from2, k + 1 < in ? p2 + k + 1 : zeros);
                            left[to3] = pair(arena, from3, k + 1 < in ? p3 + k + 1 : zeros);
                        }
                    }
                    int first = weight + tap * in * weightColumns + column;
                    int rightStage = rightTo + step % 2 * (DEPTH * rightPitch);
                    for (int i = 0; i < DEPTH; i += rightApart) {
                        // Beyond the last row anything will do, since the left factor is zero there.
                        int row = depth + rightRow + i;
                        int from = first + ((properties & WHOLE_DEPTH) != 0 ? row : Math.min(row, in - 1)) * weightColumns;
                        if ((properties & EVEN_OUT) != 0) {
                            context.asyncCopyToLocal(right, rightStage + i * rightPitch, weights, from);
                        } else {
                            right[rightStage + i * rightPitch] = pair(weights, from, from + Math.min(1, weightColumns - 1 - column));
                        }
                    }
                    depth += DEPTH;
                    if (depth >= in) {
                        depth = 0;
                        tap++;
                        if (item < blockRows) {
                            pixels[tap % 2 * blockRows + item] = source(offsets, firstRow + item, rows, tap, in, zeros, parameters);
                        }
                    }
                }
                context.asyncCopyCommit();
                int leftBlock = (step + 1) % 2 * (blockRows * LEFT_PITCH);
                int rightBlock = (step + 1) % 2 * (4 * DEPTH * rightPitch) + rightLane;
                for (int half = 0; half < 2; half++) {
                    int leftFrom = leftBlock + (half == 0 ? leftFirst : leftSecond);
                    int rightFrom = rightBlock + half * (64 * rightPitch);
                    HalfFloat[] b0 = context.mmaLoadB(right, 16, rightFrom);
                    HalfFloat[] b1 = context.mmaLoadB(right, 16, rightFrom + 16);
                    HalfFloat[] b2 = context.mmaLoadB(right, 16, rightFrom + 32);
                    HalfFloat[] b3 = context.mmaLoadB(right, 16, rightFrom + 48);
                    HalfFloat[] a0 = context.mmaLoadA(left, 16, leftFrom);
                    s00 = context.mma(a0, b0, s00, MMAShape.M16N8K16);
                    s01 = context.mma(a0, b1, s01, MMAShape.M16N8K16);
                    s02 = context.mma(a0, b2, s02, MMAShape.M16N8K16);
                    s03 = context.mma(a0, b3, s03, MMAShape.M16N8K16);
                    HalfFloat[] a1 = context.mmaLoadA(left, 16, leftFrom + LEFT_FRAGMENT);
                    s10 = context.mma(a1, b0, s10, MMAShape.M16N8K16);
                    s11 = context.mma(a1, b1, s11, MMAShape.M16N8K16);
                    s12 = context.mma(a1, b2, s12, MMAShape.M16N8K16);
                    s13 = context.mma(a1, b3, s13, MMAShape.M16N8K16);
                    HalfFloat[] a2 = context.mmaLoadA(left, 16, leftFrom + 2 * LEFT_FRAGMENT);
                    s20 = context.mma(a2, b0, s20, MMAShape.M16N8K16);
                    s21 = context.mma(a2, b1, s21, MMAShape.M16N8K16);
                    s22 = context.mma(a2, b2, s22, MMAShape.M16N8K16);
                    s23 = context.mma(a2, b3, s23, MMAShape.M16N8K16);
                    HalfFloat[] a3 = context.mmaLoadA(left, 16, leftFrom + 3 * LEFT_FRAGMENT);
                    s30 = context.mma(a3, b0, s30, MMAShape.M16N8K16);
                    s31 = context.mma(a3, b1, s31, MMAShape.M16N8K16);
                    s32 = context.mma(a3, b2, s32, MMAShape.M16N8K16);
                    s33 = context.mma(a3, b3, s33, MMAShape.M16N8K16);
                }
            }
            int sums = context.groupIdy * blockRows * blockColumns;
            int to = sums + warpColumn;
            context.mmaStore(s00, scratch, warpRow, to, blockColumns);
            context.mmaStore(s01, scratch, warpRow, to + 8, blockColumns);
            context.mmaStore(s02, scratch, warpRow, to + 16, blockColumns);
            context.mmaStore(s03, scratch, warpRow, to + 24, blockColumns);
            context.mmaStore(s10, scratch, warpRow + 16, to, blockColumns);
            context.mmaStore(s11, scratch, warpRow + 16, to + 8, blockColumns);
            context.mmaStore(s12, scratch, warpRow + 16, to + 16, blockColumns);
            context.mmaStore(s13, scratch, warpRow + 16, to + 24, blockColumns);
            context.mmaStore(s20, scratch, warpRow + 32, to, blockColumns);
            context.mmaStore(s21, scratch, warpRow + 32, to + 8, blockColumns);
            context.mmaStore(s22, scratch, warpRow + 32, to + 16, blockColumns);
            context.mmaStore(s23, scratch, warpRow + 32, to + 24, blockColumns);
            context.mmaStore(s30, scratch, warpRow + 48, to, blockColumns);
            context.mmaStore(s31, scratch, warpRow + 48, to + 8, blockColumns);
            context.mmaStore(s32, scratch, warpRow + 48, to + 16, blockColumns);
            context.mmaStore(s33, scratch, warpRow + 48, to + 24, blockColumns);
            context.globalBarrier();

            int outColumn = firstColumn + item % width;
            int rowsApart = items / width;
            int firstSum = sums + item % width;
            if ((properties & GATED) != 0) {
                firstSum = sums + item % width / 8 * 16 + item % 8;
            }
            float bias = 0f;
            float gateBias = 0f;
            if (ConvolutionParameters.adds(parameters, ConvolutionParameters.BIAS) != 0) {
                bias = vectors.get(biasAt + Math.min(outColumn, out - 1));
                if ((properties & GATED) != 0) {
                    gateBias = vectors.get(biasAt + out + Math.min(outColumn, out - 1));
                }
            }
            for (int i = 0; i < rowsOfItem; i += 4) {
                // Four at a time, because the next loads would wait for the stores.
                int row = item / width + i * rowsApart;
                int from = firstSum + row * blockColumns;
                float v0 = scratch.get(from);
                float v1 = scratch.get(from + rowsApart * blockColumns);
                float v2 = scratch.get(from + 2 * rowsApart * blockColumns);
                float v3 = scratch.get(from + 3 * rowsApart * blockColumns);
                if ((properties & GATED) != 0) {
                    float g0 = scratch.get(from + 8);
                    float g1 = scratch.get(from + 8 + rowsApart * blockColumns);
                    float g2 = scratch.get(from + 8 + 2 * rowsApart * blockColumns);
                    float g3 = scratch.get(from + 8 + 3 * rowsApart * blockColumns);
                    v0 = (v0 + bias) * ActivationFunctions.gelu(g0 + gateBias);
                    v1 = (v1 + bias) * ActivationFunctions.gelu(g1 + gateBias);
                    v2 = (v2 + bias) * ActivationFunctions.gelu(g2 + gateBias);
                    v3 = (v3 + bias) * ActivationFunctions.gelu(g3 + gateBias);
                } else {
                    v0 += bias;
                    v1 += bias;
                    v2 += bias;
                    v3 += bias;
                }
                row += firstRow;
                store(arena, v0, row, rows, outColumn, out, output, batchBias, positions, residual, parameters);
                store(arena, v1, row + rowsApart, rows, outColumn, out, output, batchBias, positions, residual, parameters);
                store(arena, v2, row + 2 * rowsApart, rows, outColumn, out, output, batchBias, positions, residual, parameters);
                store(arena, v3, row + 3 * rowsApart, rows, outColumn, out, output, batchBias, positions, residual, parameters);
            }
            context.globalBarrier();
        }
        context.asyncCopyWaitGroup(0);
    }

    /** Computes {@code product = left · right} of [16, 16] and [16, 8], with the calls that the kernels for tensor cores need. Grid: one warp. */
    public static void probe(KernelContext context, HalfFloatArray left, HalfFloatArray right, FloatArray product) {
        int[] leftBlock = context.allocateIntLocalArray(128);
        int[] rightBlock = context.allocateIntLocalArray(64);
        int lane = context.localIdx;
        for (int i = lane; i < 128; i += WARP) {
            context.asyncCopyToLocal(leftBlock, i, left, 2 * i);
        }
        for (int i = lane; i < 64; i += WARP) {
            context.asyncCopyToLocal(rightBlock, i, right, 2 * i);
        }
        context.asyncCopyCommit();
        context.asyncCopyWaitGroup(0);
        context.localBarrier();
        HalfFloat[] a = context.mmaLoadA(leftBlock, 16, 0);
        HalfFloat[] b = context.mmaLoadB(rightBlock, 16, 0);
        float[] sums = context.mmaFragment(0f);
        context.mmaStore(context.mma(a, b, sums, MMAShape.M16N8K16), product, 0, 0, 8);
    }

    /** Returns the offset of the input's pixel that one element of the convolution's kernel multiplies, or that of zeros. */
    private static int source(IntArray offsets, int row, int rows, int tap, int in, int zeros, int parameters) {
        int pixel = CpuProducts.source(
                row, tap, offsets.get(7), offsets.get(8), offsets.get(10), offsets.get(11), parameters);
        return pixel < 0 || row >= rows ? zeros : offsets.get(0) + pixel * in;
    }

    /** Returns two elements as they lie in local memory. */
    private static int pair(HalfFloatArray array, int first, int second) {
        return array.get(first).getHalfFloatValue() & 0xFFFF | array.get(second).getHalfFloatValue() << 16;
    }

    /** Adds what the epilogue adds after the bias, and stores the sum. */
    private static void store(
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
