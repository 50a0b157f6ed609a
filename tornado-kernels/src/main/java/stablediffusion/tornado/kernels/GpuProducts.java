package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes matrix products and convolutions on GPUs.
 *
 * <p>A work-group of 16 x 16 work-items computes a block of the output, such as 64 x 64. A work-item sums a sixteenth of the rows and of the
 * columns, here 4 x 4 elements, in registers. Blocks of both factors, 64 x 16 and 16 x 64, are copied to local memory first: with 4 x 4
 * elements, a multiply-add reads half a float from there, with 8 x 8 a quarter. Neighbouring work-items read neighbouring channels. The
 * left block is stored by columns, with one element of padding between them, so that the work-items that write it use different banks.
 *
 * <p>The two kernels differ in the type of the weights only. Their common code is written twice where it uses a local array, because
 * TornadoVM 5.2 compiles a method with a local array as an argument wrongly on OpenCL: it takes the index for an offset in bytes.
 */
public final class GpuProducts {
    /** Height and width of a work-group in work-items. */
    public static final int EDGE = 16;

    private static final int DEPTH = 16;

    private GpuProducts() {}

    /**
     * Computes the same as {@link CpuProducts#product}.
     *
     * <p>Grid: a work-group of {@link #EDGE} x {@link #EDGE} for each block of columns x rows. Cost: batch · outHeight · outWidth · out ·
     * size² · in multiply-adds, where size is that of the convolution's kernel; each factor is read out / block columns or rows / block rows
     * times.
     *
     * @param ownRows rows of the output that a work-item sums: a sixteenth of the block's
     * @param ownColumns columns of the output that a work-item sums: a sixteenth of the block's
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
            int ownRows,
            int ownColumns) {
        int input = offsets.get(0);
        int weight = offsets.get(1);
        int pitch = ownRows * EDGE + 1;
        int width = ownColumns * EDGE;
        float[] left = context.allocateFloatLocalArray(DEPTH * pitch);
        float[] right = context.allocateFloatLocalArray(DEPTH * width);
        float[] sums = new float[ownRows * ownColumns];
        int[] pixels = new int[ownRows];
        int item = context.localIdy * EDGE + context.localIdx;
        int firstRow = context.groupIdy * ownRows * EDGE;
        int firstColumn = context.groupIdx * width;
        int rows = batch * outHeight * outWidth;
        clear(sums, ownRows * ownColumns);
        int taps = ConvolutionParameters.kernelSize(parameters) * ConvolutionParameters.kernelSize(parameters);
        for (int tap = 0; tap < taps; tap++) {
            sources(pixels, ownRows, firstRow + item / DEPTH, rows, tap, inHeight, inWidth, outHeight, outWidth, parameters);
            for (int k0 = 0; k0 < in; k0 += DEPTH) {
                int channel = k0 + item % DEPTH;
                for (int i = 0; i < ownRows; i++) {
                    int at = item % DEPTH * pitch + item / DEPTH + i * EDGE;
                    left[at] = pixels[i] >= 0 && channel < in ? arena.get(input + pixels[i] * in + channel) : 0f;
                }
                for (int i = 0; i < ownColumns; i++) {
                    int at = item + i * EDGE * EDGE;
                    int k = k0 + at / width;
                    int column = firstColumn + at % width;
                    int from = weight + (tap * in + k) * out + column;
                    right[at] = k < in && column < out ? weights.get(from) : 0f;
                }
                context.localBarrier();
                for (int k = 0; k < DEPTH; k++) {
                    for (int i = 0; i < ownRows; i++) {
                        float a = left[k * pitch + context.localIdy * ownRows + i];
                        for (int j = 0; j < ownColumns; j++) {
                            sums[i * ownColumns + j] += a * right[k * width + context.localIdx + j * EDGE];
                        }
                    }
                }
                context.localBarrier();
            }
        }
        finish(
                arena, vectors, offsets, sums, ownRows, ownColumns, firstRow + context.localIdy * ownRows, firstColumn + context.localIdx,
                rows, outHeight * outWidth, out, parameters);
    }

    /** Computes the same as {@link #product} with weights in fp16. */
    public static void productFp16(
            KernelContext context,
            FloatArray arena,
            HalfFloatArray weights,
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
            int ownRows,
            int ownColumns) {
        int input = offsets.get(0);
        int weight = offsets.get(1);
        int pitch = ownRows * EDGE + 1;
        int width = ownColumns * EDGE;
        float[] left = context.allocateFloatLocalArray(DEPTH * pitch);
        float[] right = context.allocateFloatLocalArray(DEPTH * width);
        float[] sums = new float[ownRows * ownColumns];
        int[] pixels = new int[ownRows];
        int item = context.localIdy * EDGE + context.localIdx;
        int firstRow = context.groupIdy * ownRows * EDGE;
        int firstColumn = context.groupIdx * width;
        int rows = batch * outHeight * outWidth;
        clear(sums, ownRows * ownColumns);
        int taps = ConvolutionParameters.kernelSize(parameters) * ConvolutionParameters.kernelSize(parameters);
        for (int tap = 0; tap < taps; tap++) {
            sources(pixels, ownRows, firstRow + item / DEPTH, rows, tap, inHeight, inWidth, outHeight, outWidth, parameters);
            for (int k0 = 0; k0 < in; k0 += DEPTH) {
                int channel = k0 + item % DEPTH;
                for (int i = 0; i < ownRows; i++) {
                    int at = item % DEPTH * pitch + item / DEPTH + i * EDGE;
                    left[at] = pixels[i] >= 0 && channel < in ? arena.get(input + pixels[i] * in + channel) : 0f;
                }
                for (int i = 0; i < ownColumns; i++) {
                    int at = item + i * EDGE * EDGE;
                    int k = k0 + at / width;
                    int column = firstColumn + at % width;
                    int from = weight + (tap * in + k) * out + column;
                    right[at] = k < in && column < out ? weights.get(from).getFloat32() : 0f;
                }
                context.localBarrier();
                for (int k = 0; k < DEPTH; k++) {
                    for (int i = 0; i < ownRows; i++) {
                        float a = left[k * pitch + context.localIdy * ownRows + i];
                        for (int j = 0; j < ownColumns; j++) {
                            sums[i * ownColumns + j] += a * right[k * width + context.localIdx + j * EDGE];
                        }
                    }
                }
                context.localBarrier();
            }
        }
        finish(
                arena, vectors, offsets, sums, ownRows, ownColumns, firstRow + context.localIdy * ownRows, firstColumn + context.localIdx,
                rows, outHeight * outWidth, out, parameters);
    }

    private static void clear(float[] sums, int size) {
        for (int i = 0; i < size; i++) {
            sums[i] = 0f;
        }
    }

    /** Finds the input's pixels for one element of the convolution's kernel and the rows that a work-item loads, 16 apart. */
    private static void sources(
            int[] pixels, int ownRows, int row, int rows, int tap, int inHeight, int inWidth, int outHeight, int outWidth, int parameters) {
        for (int i = 0; i < ownRows; i++) {
            int own = row + i * EDGE;
            pixels[i] = own < rows ? CpuProducts.source(own, tap, inHeight, inWidth, outHeight, outWidth, parameters) : -1;
        }
    }

    private static void finish(
            FloatArray arena,
            FloatArray vectors,
            IntArray offsets,
            float[] sums,
            int ownRows,
            int ownColumns,
            int firstRow,
            int firstColumn,
            int rows,
            int positions,
            int out,
            int parameters) {
        int bias = offsets.get(2);
        int batchBias = offsets.get(3);
        int residual = offsets.get(4);
        int output = offsets.get(5);
        for (int i = 0; i < ownRows; i++) {
            for (int j = 0; j < ownColumns; j++) {
                int row = firstRow + i;
                int column = firstColumn + j * EDGE;
                if (row < rows && column < out) {
                    float value = sums[i * ownColumns + j];
                    if (ConvolutionParameters.adds(parameters, ConvolutionParameters.BIAS) != 0) {
                        value += vectors.get(bias + column);
                    }
                    if (ConvolutionParameters.adds(parameters, ConvolutionParameters.BATCH_BIAS) != 0) {
                        value += arena.get(batchBias + row / positions * out + column);
                    }
                    value = ActivationFunctions.activate(value, ConvolutionParameters.activation(parameters));
                    if (ConvolutionParameters.adds(parameters, ConvolutionParameters.RESIDUAL) != 0) {
                        value += arena.get(residual + row * out + column);
                    }
                    arena.set(output + row * out + column, value);
                }
            }
        }
    }
}
