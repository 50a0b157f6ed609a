package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes the products of {@link TensorCoreProducts} where copies to local memory pass through registers: on the PTX backend, which has no other.
 * The next blocks are loaded before this step's products and stored to local memory after them.
 */
public final class RegisterProducts {
    private RegisterProducts() {}

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
            // The first turn multiplies zeros, while it loads the first blocks: a second loop body would take longer to compile. The last turn
            // loads the last blocks once more.
            for (int i = 0; i < blockRows * TensorCoreProducts.DEPTH / 2 / items; i++) {
                left[blockRows * TensorCoreProducts.DEPTH / 2 + item + i * items] = 0;
            }
            for (int i = 0; i < TensorCoreProducts.DEPTH; i += rightApart) {
                right[TensorCoreProducts.DEPTH * rightPitch + rightTo + i * rightPitch] = 0;
            }
            context.localBarrier();
            int tap = 0;
            int depth = 0;
            for (int step = 0; step <= steps; step++) {
                int k = depth + 2 * leftPair;
                int pixel = tap % 2 * blockRows + leftRow;
                int l0 = left(arena, pixels[pixel], k, in, zeros, properties);
                int l1 = left(arena, pixels[pixel + leftApart], k, in, zeros, properties);
                int l2 = left(arena, pixels[pixel + 2 * leftApart], k, in, zeros, properties);
                int l3 = left(arena, pixels[pixel + 3 * leftApart], k, in, zeros, properties);
                int l4 = left(arena, pixels[pixel + 4 * leftApart], k, in, zeros, properties);
                int l5 = left(arena, pixels[pixel + 5 * leftApart], k, in, zeros, properties);
                int l6 = left(arena, pixels[pixel + 6 * leftApart], k, in, zeros, properties);
                int l7 = left(arena, pixels[pixel + 7 * leftApart], k, in, zeros, properties);
                int l8 = left(arena, pixels[pixel + 8 * leftApart], k, in, zeros, properties);
                int l9 = left(arena, pixels[pixel + 9 * leftApart], k, in, zeros, properties);
                int l10 = left(arena, pixels[pixel + 10 * leftApart], k, in, zeros, properties);
                int l11 = left(arena, pixels[pixel + 11 * leftApart], k, in, zeros, properties);
                int l12 = left(arena, pixels[pixel + 12 * leftApart], k, in, zeros, properties);
                int l13 = left(arena, pixels[pixel + 13 * leftApart], k, in, zeros, properties);
                int l14 = left(arena, pixels[pixel + 14 * leftApart], k, in, zeros, properties);
                int l15 = left(arena, pixels[pixel + 15 * leftApart], k, in, zeros, properties);
                int row = depth + rightRow;
                int from = weight + tap * in * weightColumns + column;
                int next = Math.min(1, weightColumns - 1 - column);
                int r0 = right(weights, from, row, 0, in, weightColumns, next, properties);
                int r1 = right(weights, from, row, rightApart, in, weightColumns, next, properties);
                int r2 = right(weights, from, row, 2 * rightApart, in, weightColumns, next, properties);
                int r3 = right(weights, from, row, 3 * rightApart, in, weightColumns, next, properties);
                int r4 = right(weights, from, row, 4 * rightApart, in, weightColumns, next, properties);
                int r5 = right(weights, from, row, 5 * rightApart, in, weightColumns, next, properties);
                int r6 = right(weights, from, row, 6 * rightApart, in, weightColumns, next, properties);
                int r7 = right(weights, from, row, 7 * rightApart, in, weightColumns, next, properties);
                int r8 = right(weights, from, row, 8 * rightApart, in, weightColumns, next, properties);
                int r9 = right(weights, from, row, 9 * rightApart, in, weightColumns, next, properties);
                int r10 = right(weights, from, row, 10 * rightApart, in, weightColumns, next, properties);
                int r11 = right(weights, from, row, 11 * rightApart, in, weightColumns, next, properties);
                int r12 = right(weights, from, row, 12 * rightApart, in, weightColumns, next, properties);
                int r13 = right(weights, from, row, 13 * rightApart, in, weightColumns, next, properties);
                int r14 = right(weights, from, row, 14 * rightApart, in, weightColumns, next, properties);
                int r15 = right(weights, from, row, 15 * rightApart, in, weightColumns, next, properties);
                if (step + 1 < steps) {
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
                // Keeps the loads before the products: the compiler moves none over a barrier, but else would, to save registers.
                context.localBarrier();
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
                // Four rows further the permutation is another one, eight rows further the same.
                int even = leftTo + step % 2 * (blockRows * TensorCoreProducts.DEPTH / 2);
                int odd = (leftApart == 4 ? even ^ 8 : even) + TensorCoreProducts.DEPTH / 2 * leftApart;
                left[even] = l0;
                left[odd] = l1;
                left[even + TensorCoreProducts.DEPTH * leftApart] = l2;
                left[odd + TensorCoreProducts.DEPTH * leftApart] = l3;
                left[even + 2 * TensorCoreProducts.DEPTH * leftApart] = l4;
                left[odd + 2 * TensorCoreProducts.DEPTH * leftApart] = l5;
                left[even + 3 * TensorCoreProducts.DEPTH * leftApart] = l6;
                left[odd + 3 * TensorCoreProducts.DEPTH * leftApart] = l7;
                left[even + 4 * TensorCoreProducts.DEPTH * leftApart] = l8;
                left[odd + 4 * TensorCoreProducts.DEPTH * leftApart] = l9;
                left[even + 5 * TensorCoreProducts.DEPTH * leftApart] = l10;
                left[odd + 5 * TensorCoreProducts.DEPTH * leftApart] = l11;
                left[even + 6 * TensorCoreProducts.DEPTH * leftApart] = l12;
                left[odd + 6 * TensorCoreProducts.DEPTH * leftApart] = l13;
                left[even + 7 * TensorCoreProducts.DEPTH * leftApart] = l14;
                left[odd + 7 * TensorCoreProducts.DEPTH * leftApart] = l15;
                int rightStage = rightTo + step % 2 * (TensorCoreProducts.DEPTH * rightPitch);
                right[rightStage] = r0;
                right[rightStage + rightApart * rightPitch] = r1;
                right[rightStage + 2 * rightApart * rightPitch] = r2;
                right[rightStage + 3 * rightApart * rightPitch] = r3;
                right[rightStage + 4 * rightApart * rightPitch] = r4;
                right[rightStage + 5 * rightApart * rightPitch] = r5;
                right[rightStage + 6 * rightApart * rightPitch] = r6;
                right[rightStage + 7 * rightApart * rightPitch] = r7;
                if (rightApart == 2) {
                    right[rightStage + 8 * rightApart * rightPitch] = r8;
                    right[rightStage + 9 * rightApart * rightPitch] = r9;
                    right[rightStage + 10 * rightApart * rightPitch] = r10;
                    right[rightStage + 11 * rightApart * rightPitch] = r11;
                    right[rightStage + 12 * rightApart * rightPitch] = r12;
                    right[rightStage + 13 * rightApart * rightPitch] = r13;
                    right[rightStage + 14 * rightApart * rightPitch] = r14;
                    right[rightStage + 15 * rightApart * rightPitch] = r15;
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
    }

    /** Computes {@code product = left · right} of [16, 16] and [16, 8], with the calls that the kernels for tensor cores need. Grid: one warp. */
    public static void probe(KernelContext context, HalfFloatArray left, HalfFloatArray right, FloatArray product) {
        int[] leftBlock = context.allocateIntLocalArray(128);
        int[] rightBlock = context.allocateIntLocalArray(64);
        int lane = context.localIdx;
        for (int i = lane; i < 128; i += TensorCoreProducts.WARP) {
            leftBlock[i] = TensorCoreProducts.pair(left, 2 * i, 2 * i + 1);
        }
        for (int i = lane; i < 64; i += TensorCoreProducts.WARP) {
            rightBlock[i] = TensorCoreProducts.pair(right, 2 * i, 2 * i + 1);
        }
        context.localBarrier();
        HalfFloat[] a = context.mmaLoadA(leftBlock, 16, 0);
        HalfFloat[] b = context.mmaLoadB(rightBlock, 16, 0);
        float[] sums = context.mmaFragment(0f);
        context.mmaStore(context.mma(a, b, sums, MMAShape.M16N8K16), product, 0, 0, 8);
    }

    /** Returns two channels of a pixel, or zeros beyond the last one. */
    private static int left(HalfFloatArray arena, int pixel, int channel, int in, int zeros, int properties) {
        boolean whole = (properties & TensorCoreProducts.WHOLE_DEPTH) != 0;
        int first = whole || channel < in ? pixel + channel : zeros;
        int second = whole || channel + 1 < in ? pixel + channel + 1 : zeros;
        return TensorCoreProducts.pair(arena, first, second);
    }

    /**
     * Returns two columns of a row of the weight. Beyond its last row anything will do, since the left factor is zero there.
     *
     * @param ahead rows after the first of this step's block that the work-item loads; none beyond the block
     * @param next how far the second column is from the first, if the number of columns is odd
     */
    private static int right(HalfFloatArray weights, int from, int row, int ahead, int in, int columns, int next, int properties) {
        if (ahead >= TensorCoreProducts.DEPTH) {
            return 0;
        }
        int within = (properties & TensorCoreProducts.WHOLE_DEPTH) != 0 ? row + ahead : Math.min(row + ahead, in - 1);
        int first = from + within * columns;
        return TensorCoreProducts.pair(weights, first, (properties & TensorCoreProducts.EVEN_OUT) != 0 ? first + 1 : first + next);
    }
}
