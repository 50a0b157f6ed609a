package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes linear layers of a few rows on GPUs, such as those of the time embedding. They are bound by reading the weights, so a work-item
 * computes no block: a work-group computes 16 columns of one row, and each row of 16 work-items sums a sixteenth of the channels.
 */
public final class GpuRows {
    /** Height and width of a work-group in work-items. */
    public static final int EDGE = 16;

    private GpuRows() {}

    /**
     * Computes {@code output = activation(input · weight + bias + batchBias) + residual}; input [rows, in], weight [in, out], all others as
     * {@link CpuProducts#product}.
     *
     * <p>Grid: out / {@link #EDGE}, rounded up, x rows work-groups of {@link #EDGE} x {@link #EDGE}. Cost: rows · in · out multiply-adds;
     * weights are read from memory once and for other rows from the cache.
     *
     * @param weights weights, if fp16 is 0
     * @param halves weights, if fp16 is 1
     * @param offsets element offsets of input, weight, bias, batchBias, residual and output
     * @param positions number of rows of an item of the batch
     * @param parameters see {@link ConvolutionParameters#of}
     */
    public static void product(
            KernelContext context,
            FloatArray arena,
            FloatArray weights,
            HalfFloatArray halves,
            FloatArray vectors,
            IntArray offsets,
            int fp16,
            int positions,
            int in,
            int out,
            int parameters) {
        float[] sums = context.allocateFloatLocalArray(EDGE * EDGE);
        int x = context.localIdx;
        int y = context.localIdy;
        int row = context.groupIdy;
        int column = context.groupIdx * EDGE + x;
        int input = offsets.get(0) + row * in;
        int weight = offsets.get(1) + Math.min(column, out - 1);
        float sum = 0f;
        for (int k = y; k < in; k += EDGE) {
            sum += arena.get(input + k) * GpuProducts.weight(weights, halves, fp16, weight + k * out);
        }
        sums[y * EDGE + x] = sum;
        context.localBarrier();
        if (y == 0 && column < out) {
            float total = 0f;
            for (int i = 0; i < EDGE; i++) {
                total += sums[i * EDGE + x];
            }
            Epilogue.store(arena, vectors, offsets, row, column, positions, out, parameters, total);
        }
    }
}
