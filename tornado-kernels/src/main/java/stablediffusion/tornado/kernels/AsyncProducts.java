package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes the products of {@link TensorCoreProducts} where a device copies from its memory to local memory by itself, while a work-item goes on:
 * on the CUDA backend.
 */
public final class AsyncProducts {
    private AsyncProducts() {}

    /**
     * Computes what {@link TensorCoreProducts} says.
     *
     * <p>Grid: {@code groups} work-groups, in y, of {@link TensorCoreProducts#items}. Each computes every {@code groups}th block, and keeps its sums in its own part of scratch
     * [groups, blockRows, blockColumns]. Cost: as {@link CpuProducts#product}; each output takes 4 bytes of scratch memory, written and read once.
     *
     * @param offsets see {@link TensorCoreProducts}, as for the next two
     * @param blockRows rows of a block, 64 or 128
     * @param blockColumns columns of a block, 64
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
        int positions = offsets.get(10) * offsets.get(11);
        int rows = offsets.get(6) * positions;
        int batchBias = offsets.get(3);
        int residual = offsets.get(4);
        int zeros = offsets.get(13);
        boolean gated = (properties & TensorCoreProducts.GATED) != 0;
        int width = gated ? blockColumns / 2 : blockColumns;
        int rowsOfItem = gated ? offsets.get(14) / 2 : offsets.get(14);
        int across = offsets.get(12);
        int blocks = (rows + blockRows - 1) / blockRows * across;
        int taps = ConvolutionParameters.kernelSize(parameters) * ConvolutionParameters.kernelSize(parameters);
        int steps = taps * ((in + TensorCoreProducts.DEPTH - 1) / TensorCoreProducts.DEPTH);

        // Rows of the right block are 16 bytes longer, so that no two lanes of eight read from the same bank.
        int rightPitch = blockColumns / 2 + 4;
        int[] left = context.allocateIntLocalArray(2 * blockRows * TensorCoreProducts.DEPTH / 2);
        int[] right = context.allocateIntLocalArray(2 * TensorCoreProducts.DEPTH * (blockColumns / 2 + 4));
        int[] pixels = context.allocateIntLocalArray(2 * blockRows);
        int item = context.localIdx;
        int items = blockRows / TensorCoreProducts.WARP_ROWS * (blockColumns / TensorCoreProducts.WARP_COLUMNS) * TensorCoreProducts.WARP;
        int lane = item % TensorCoreProducts.WARP;
        int warp = item / TensorCoreProducts.WARP;
        int warpRow = warp / (blockColumns / TensorCoreProducts.WARP_COLUMNS) * TensorCoreProducts.WARP_ROWS;
        int warpColumn = warp % (blockColumns / TensorCoreProducts.WARP_COLUMNS) * TensorCoreProducts.WARP_COLUMNS;
        int leftFirst = TensorCoreProducts.leftLane(lane, warpRow, 0);
        int leftSecond = TensorCoreProducts.leftLane(lane, warpRow, 1);
        int rightLane = lane % 16 * (2 * blockColumns) + 2 * warpColumn;

        // Which elements a work-item copies: a pair of columns of some rows of each factor.
        int leftPair = item % (TensorCoreProducts.DEPTH / 2);
        int leftRow = item / (TensorCoreProducts.DEPTH / 2);
        int leftTo = TensorCoreProducts.leftPlace(leftRow, leftPair);
        int leftApart = items / (TensorCoreProducts.DEPTH / 2);
        int rightPair = item % (blockColumns / 2);
        int rightRow = item / (blockColumns / 2);
        int rightTo = rightRow * rightPitch + rightPair;
        int rightApart = items / (blockColumns / 2);

        for (int block = context.groupIdy; block < blocks; block += groups) {
            int firstRow = block / across * blockRows;
            int layer = TensorCoreProducts.layer(offsets, block % across);
            int firstColumn = (block % across - offsets.get(layer)) * width;
            int weight = offsets.get(layer + 1);
            int out = offsets.get(layer + 4);
            int weightColumns = gated ? 2 * out : out;
            int column = TensorCoreProducts.column(firstColumn, rightPair, out, properties);
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
                pixels[item] = TensorCoreProducts.source(offsets, firstRow + item, rows, 0, in, zeros, parameters);
            }
            // The first step multiplies zeros, while the first blocks are copied: a second loop body would take longer to compile, and
            // the step would wait for the copies otherwise.
            for (int i = 0; i < blockRows * TensorCoreProducts.DEPTH / 2 / items; i++) {
                left[blockRows * TensorCoreProducts.DEPTH / 2 + item + i * items] = 0;
            }
            for (int i = 0; i < TensorCoreProducts.DEPTH; i += rightApart) {
                right[TensorCoreProducts.DEPTH * rightPitch + rightTo + i * rightPitch] = 0;
            }
            int tap = 0;
            int depth = 0;
            for (int step = 0; step <= steps; step++) {
                context.asyncCopyWaitGroup(0);
                context.localBarrier();
                if (step < steps) {
                    int k = depth + 2 * leftPair;
                    int leftStage = leftTo + step % 2 * (blockRows * TensorCoreProducts.DEPTH / 2);
                    int pixel = tap % 2 * blockRows + leftRow;
                    for (int i = 0; i < blockRows; i += 4 * leftApart) {
                        int p0 = pixels[pixel + i];
                        int p1 = pixels[pixel + i + leftApart];
                        int p2 = pixels[pixel + i + 2 * leftApart];
                        int p3 = pixels[pixel + i + 3 * leftApart];
                        int from0 = (properties & TensorCoreProducts.WHOLE_DEPTH) != 0 || k < in ? p0 + k : zeros;
                        int from1 = (properties & TensorCoreProducts.WHOLE_DEPTH) != 0 || k < in ? p1 + k : zeros;
                        int from2 = (properties & TensorCoreProducts.WHOLE_DEPTH) != 0 || k < in ? p2 + k : zeros;
                        int from3 = (properties & TensorCoreProducts.WHOLE_DEPTH) != 0 || k < in ? p3 + k : zeros;
                        // Four rows further the permutation is another one, eight rows further the same.
                        int odd = leftApart == 4 ? (leftStage ^ 8) + TensorCoreProducts.DEPTH / 2 * leftApart
                                : leftStage + TensorCoreProducts.DEPTH / 2 * leftApart;
                        int to0 = leftStage + i * (TensorCoreProducts.DEPTH / 2);
                        int to1 = odd + i * (TensorCoreProducts.DEPTH / 2);
                        int to2 = to0 + TensorCoreProducts.DEPTH * leftApart;
                        int to3 = to1 + TensorCoreProducts.DEPTH * leftApart;
                        if ((properties & TensorCoreProducts.EVEN_IN) != 0) {
                            context.asyncCopyToLocal(left, to0, arena, from0);
                            context.asyncCopyToLocal(left, to1, arena, from1);
                            context.asyncCopyToLocal(left, to2, arena, from2);
                            context.asyncCopyToLocal(left, to3, arena, from3);
                        } else {
                            left[to0] = TensorCoreProducts.pair(arena, from0, k + 1 < in ? p0 + k + 1 : zeros);
                            left[to1] = TensorCoreProducts.pair(arena, from1, k + 1 < in ? p1 + k + 1 : zeros);
                            left[to2] = TensorCoreProducts.pair(arena, from2, k + 1 < in ? p2 + k + 1 : zeros);
                            left[to3] = TensorCoreProducts.pair(arena, from3, k + 1 < in ? p3 + k + 1 : zeros);
                        }
                    }
                    int first = weight + tap * in * weightColumns + column;
                    int rightStage = rightTo + step % 2 * (TensorCoreProducts.DEPTH * rightPitch);
                    for (int i = 0; i < TensorCoreProducts.DEPTH; i += rightApart) {
                        // Beyond the last row anything will do, since the left factor is zero there.
                        int row = depth + rightRow + i;
                        int from =
                                first + ((properties & TensorCoreProducts.WHOLE_DEPTH) != 0 ? row : Math.min(row, in - 1)) * weightColumns;
                        if ((properties & TensorCoreProducts.EVEN_OUT) != 0) {
                            context.asyncCopyToLocal(right, rightStage + i * rightPitch, weights, from);
                        } else {
                            right[rightStage + i * rightPitch] =
                                    TensorCoreProducts.pair(weights, from, from + Math.min(1, weightColumns - 1 - column));
                        }
                    }
                    depth += TensorCoreProducts.DEPTH;
                    if (depth >= in) {
                        depth = 0;
                        tap++;
                        if (item < blockRows) {
                            pixels[tap % 2 * blockRows + item] =
                                    TensorCoreProducts.source(offsets, firstRow + item, rows, tap, in, zeros, parameters);
                        }
                    }
                }
                context.asyncCopyCommit();
                int leftBlock = (step + 1) % 2 * (blockRows * TensorCoreProducts.LEFT_PITCH);
                int rightBlock = (step + 1) % 2 * (4 * TensorCoreProducts.DEPTH * rightPitch) + rightLane;
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
                    HalfFloat[] a1 = context.mmaLoadA(left, 16, leftFrom + TensorCoreProducts.LEFT_FRAGMENT);
                    s10 = context.mma(a1, b0, s10, MMAShape.M16N8K16);
                    s11 = context.mma(a1, b1, s11, MMAShape.M16N8K16);
                    s12 = context.mma(a1, b2, s12, MMAShape.M16N8K16);
                    s13 = context.mma(a1, b3, s13, MMAShape.M16N8K16);
                    HalfFloat[] a2 = context.mmaLoadA(left, 16, leftFrom + 2 * TensorCoreProducts.LEFT_FRAGMENT);
                    s20 = context.mma(a2, b0, s20, MMAShape.M16N8K16);
                    s21 = context.mma(a2, b1, s21, MMAShape.M16N8K16);
                    s22 = context.mma(a2, b2, s22, MMAShape.M16N8K16);
                    s23 = context.mma(a2, b3, s23, MMAShape.M16N8K16);
                    HalfFloat[] a3 = context.mmaLoadA(left, 16, leftFrom + 3 * TensorCoreProducts.LEFT_FRAGMENT);
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

            int output = offsets.get(layer + 3);
            int outColumn = firstColumn + item % width;
            int biasAt = offsets.get(layer + 2) + Math.min(outColumn, out - 1);
            float bias = TensorCoreProducts.bias(vectors, biasAt, parameters);
            float gateBias = gated ? TensorCoreProducts.bias(vectors, biasAt + out, parameters) : 0f;
            int apart = items / width * blockColumns;
            int firstSum = sums + (gated ? item % width / 8 * 16 + item % 8 : item % width);
            for (int i = 0; i < rowsOfItem; i += 4) {
                // Four at a time, because the next loads would wait for the stores.
                int row = item / width + i * (items / width);
                int from = firstSum + row * blockColumns;
                float v0 = scratch.get(from) + bias;
                float v1 = scratch.get(from + apart) + bias;
                float v2 = scratch.get(from + 2 * apart) + bias;
                float v3 = scratch.get(from + 3 * apart) + bias;
                if (gated) {
                    float g0 = scratch.get(from + 8) + gateBias;
                    float g1 = scratch.get(from + apart + 8) + gateBias;
                    float g2 = scratch.get(from + 2 * apart + 8) + gateBias;
                    float g3 = scratch.get(from + 3 * apart + 8) + gateBias;
                    v0 *= ActivationFunctions.gelu(g0);
                    v1 *= ActivationFunctions.gelu(g1);
                    v2 *= ActivationFunctions.gelu(g2);
                    v3 *= ActivationFunctions.gelu(g3);
                }
                row += firstRow;
                TensorCoreProducts.store(arena, v0, row, rows, outColumn, out, output, batchBias, positions, residual, parameters);
                row += items / width;
                TensorCoreProducts.store(arena, v1, row, rows, outColumn, out, output, batchBias, positions, residual, parameters);
                row += items / width;
                TensorCoreProducts.store(arena, v2, row, rows, outColumn, out, output, batchBias, positions, residual, parameters);
                row += items / width;
                TensorCoreProducts.store(arena, v3, row, rows, outColumn, out, output, batchBias, positions, residual, parameters);
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
        for (int i = lane; i < 128; i += TensorCoreProducts.WARP) {
            context.asyncCopyToLocal(leftBlock, i, left, 2 * i);
        }
        for (int i = lane; i < 64; i += TensorCoreProducts.WARP) {
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
}
