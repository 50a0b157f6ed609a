package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes matrix products and convolutions on devices whose work-items are threads of a CPU.
 *
 * <p>A work-item computes a block of the output alone. It copies blocks of both factors into private arrays, whose memory the CPU's
 * compiler knows to be contiguous, so that it uses vector instructions in the innermost loop. It multiplies four rows by a depth of four at
 * a time, so that each vector of the right factor is loaded once for four products and each sum is stored once for four.
 */
public final class CpuProducts {
    /** Part of the inner dimension that is copied at a time. */
    private static final int DEPTH = 32;

    private CpuProducts() {}

    /**
     * Computes {@code output = activation(input * weight + bias + batchBias) + residual}, where {@code *} is a convolution with zero
     * padding, and a matrix product where the convolution's kernel is 1 x 1.
     *
     * <p>Layout: input [batch, inHeight, inWidth, in], weight [size, size, in, out], bias [out], batchBias [batch, out], residual
     * and output [batch, outHeight, outWidth, out], the weight in the weights, the bias in the vectors, all others in the arena.
     *
     * <p>Grid: columns / blockColumns x rows / blockRows, both rounded up, work-groups of one work-item. Cost: batch · outHeight · outWidth · out ·
     * size² · in multiply-adds, where size is that of the convolution's kernel; each factor is read out / blockColumns or
     * rows / blockRows times.
     *
     * @param offsets element offsets of input, weight, bias, batchBias, residual and output
     * @param in number of input channels
     * @param out number of output channels
     * @param parameters see {@link ConvolutionParameters#of}
     * @param blockRows rows of the output that a work-item computes, a multiple of four
     * @param blockColumns columns of the output that a work-item computes
     */
    public static void product(
            KernelContext context,
            FloatArray arena,
            FloatArray weights,
            FloatArray vectors,
            IntArray offsets,
            int batch,
            int inHeight,
            int inWidth,
            int in,
            int outHeight,
            int outWidth,
            int out,
            int parameters,
            int blockRows,
            int blockColumns) {
        int input = offsets.get(0);
        int weight = offsets.get(1);
        int bias = offsets.get(2);
        int batchBias = offsets.get(3);
        int residual = offsets.get(4);
        int output = offsets.get(5);
        float[] sums = new float[blockRows * blockColumns];
        float[] left = new float[blockRows * DEPTH];
        float[] right = new float[DEPTH * blockColumns];
        int firstColumn = context.globalIdx * blockColumns;
        int firstRow = context.globalIdy * blockRows;
        int columns = Math.min(blockColumns, out - firstColumn);
        int rows = Math.min(blockRows, batch * outHeight * outWidth - firstRow);
        for (int i = 0; i < blockRows * blockColumns; i++) {
            sums[i] = 0f;
        }
        for (int i = 0; i < DEPTH * blockColumns; i++) {
            right[i] = 0f;
        }
        int taps = ConvolutionParameters.kernelSize(parameters) * ConvolutionParameters.kernelSize(parameters);
        for (int tap = 0; tap < taps; tap++) {
            for (int k0 = 0; k0 < in; k0 += DEPTH) {
                int depth = Math.min(DEPTH, in - k0);
                for (int i = 0; i < blockRows; i++) {
                    int pixel = i < rows ? source(firstRow + i, tap, inHeight, inWidth, outHeight, outWidth, parameters) : -1;
                    int from = input + pixel * in + k0;
                    int filled = pixel >= 0 ? depth : 0;
                    for (int k = 0; k < filled; k++) {
                        left[i * DEPTH + k] = arena.get(from + k);
                    }
                    for (int k = filled; k < DEPTH; k++) {
                        left[i * DEPTH + k] = 0f;
                    }
                }
                for (int k = 0; k < depth; k++) {
                    int from = weight + (tap * in + k0 + k) * out + firstColumn;
                    for (int j = 0; j < columns; j++) {
                        right[k * blockColumns + j] = weights.get(from + j);
                    }
                }
                CpuBlockProduct.multiply(sums, left, right, rows, depth, DEPTH, blockColumns);
            }
        }
        for (int i = 0; i < rows; i++) {
            int row = firstRow + i;
            int image = row / (outHeight * outWidth);
            for (int j = 0; j < columns; j++) {
                int column = firstColumn + j;
                float value = sums[i * blockColumns + j];
                if (ConvolutionParameters.adds(parameters, ConvolutionParameters.BIAS) != 0) {
                    value += vectors.get(bias + column);
                }
                if (ConvolutionParameters.adds(parameters, ConvolutionParameters.BATCH_BIAS) != 0) {
                    value += arena.get(batchBias + image * out + column);
                }
                value = ActivationFunctions.activate(value, ConvolutionParameters.activation(parameters));
                if (ConvolutionParameters.adds(parameters, ConvolutionParameters.RESIDUAL) != 0) {
                    value += arena.get(residual + row * out + column);
                }
                arena.set(output + row * out + column, value);
            }
        }
    }

    /**
     * Returns the input's pixel, counted over the batch, that one element of the convolution's kernel multiplies for an output's pixel; -1
     * in the padding.
     *
     * @param row the output's pixel, counted over the batch
     * @param tap the element of the convolution's kernel, counted row by row
     */
    static int source(int row, int tap, int inHeight, int inWidth, int outHeight, int outWidth, int parameters) {
        int size = ConvolutionParameters.kernelSize(parameters);
        if (size == 1) {
            return row;
        }
        int stride = ConvolutionParameters.stride(parameters);
        int padding = ConvolutionParameters.padding(parameters);
        int upsample = ConvolutionParameters.upsample(parameters);
        int position = row % (outHeight * outWidth);
        int y = position / outWidth * stride - padding + tap / size;
        int x = position % outWidth * stride - padding + tap % size;
        // An up-sampled image has the output's size.
        int height = upsample == 1 ? outHeight : inHeight;
        int width = upsample == 1 ? outWidth : inWidth;
        if (y < 0 || y >= height || x < 0 || x >= width) {
            return -1;
        }
        return (row / (outHeight * outWidth) * inHeight + (y >> upsample)) * inWidth + (x >> upsample);
    }
}
