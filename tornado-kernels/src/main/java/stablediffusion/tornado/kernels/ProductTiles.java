package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Matrix products and convolutions for GPUs.
 *
 * <p>A work-group of 16 x 16 computes a tile of 64 x 64 of the output; a work-item sums 4 x 4 of it in registers. Blocks of both
 * factors, 64 x 16 and 16 x 64, pass through local memory: a multiply-add reads half a float of it. Neighbouring work-items read
 * neighbouring channels; the left block is stored by columns, with one element more between them, so that the work-items that
 * write it meet different banks.
 *
 * <p>The two kernels are one but for the weights' type: TornadoVM 5.2 compiles a helper that is handed a local array wrongly on OpenCL
 * (its index is taken for an offset in bytes), so what they share of it is written twice.
 */
public final class ProductTiles {
    /** Rows and columns of a tile. */
    public static final int TILE = 64;
    /** Work-items along each edge of a group. */
    public static final int EDGE = 16;

    private static final int DEPTH = 16;
    private static final int PITCH = TILE + 1;
    /** Rows and columns of a work-item. */
    private static final int OWN = TILE / EDGE;

    private ProductTiles() {}

    /**
     * As {@link ProductStrips#product}.
     *
     * <p>Grid: columns x rows, both rounded up to a multiple of {@link #TILE} and divided by 4, in work-groups of {@link #EDGE} x
     * {@link #EDGE}. Cost: batch · outHeight · outWidth · out · window² · in multiply-adds; the input is read out / 64 times, the
     * weights rows / 64 times.
     */
    public static void product(
            KernelContext context,
            FloatArray arena,
            FloatArray weights,
            FloatArray vectors,
            IntArray places,
            int batch,
            int inHeight,
            int inWidth,
            int in,
            int outHeight,
            int outWidth,
            int out,
            int window) {
        int input = places.get(0);
        int weight = places.get(1);
        float[] left = context.allocateFloatLocalArray(DEPTH * PITCH);
        float[] right = context.allocateFloatLocalArray(DEPTH * TILE);
        float[] sums = new float[OWN * OWN];
        int[] pixels = new int[OWN];
        int item = context.localIdy * EDGE + context.localIdx;
        int firstRow = context.groupIdy * TILE;
        int firstColumn = context.groupIdx * TILE;
        int rows = batch * outHeight * outWidth;
        clear(sums);
        int taps = Window.edge(window) * Window.edge(window);
        for (int tap = 0; tap < taps; tap++) {
            sources(pixels, firstRow + item / DEPTH, rows, tap, inHeight, inWidth, outHeight, outWidth, window);
            for (int k0 = 0; k0 < in; k0 += DEPTH) {
                int channel = k0 + item % DEPTH;
                for (int i = 0; i < OWN; i++) {
                    int at = item % DEPTH * PITCH + item / DEPTH + i * EDGE;
                    left[at] = pixels[i] >= 0 && channel < in ? arena.get(input + pixels[i] * in + channel) : 0f;
                }
                for (int i = 0; i < OWN; i++) {
                    int k = item / TILE + i * OWN;
                    int column = firstColumn + item % TILE;
                    int from = weight + (tap * in + k0 + k) * out + column;
                    right[k * TILE + item % TILE] = k0 + k < in && column < out ? weights.get(from) : 0f;
                }
                context.localBarrier();
                for (int k = 0; k < DEPTH; k++) {
                    for (int i = 0; i < OWN; i++) {
                        float a = left[k * PITCH + context.localIdy * OWN + i];
                        for (int j = 0; j < OWN; j++) {
                            sums[i * OWN + j] += a * right[k * TILE + context.localIdx + j * EDGE];
                        }
                    }
                }
                context.localBarrier();
            }
        }
        finish(
                arena, vectors, places, sums, firstRow + context.localIdy * OWN, firstColumn + context.localIdx, rows,
                outHeight * outWidth, out, window);
    }

    /** The same with weights in half precision. */
    public static void productOfHalves(
            KernelContext context,
            FloatArray arena,
            HalfFloatArray weights,
            FloatArray vectors,
            IntArray places,
            int batch,
            int inHeight,
            int inWidth,
            int in,
            int outHeight,
            int outWidth,
            int out,
            int window) {
        int input = places.get(0);
        int weight = places.get(1);
        float[] left = context.allocateFloatLocalArray(DEPTH * PITCH);
        float[] right = context.allocateFloatLocalArray(DEPTH * TILE);
        float[] sums = new float[OWN * OWN];
        int[] pixels = new int[OWN];
        int item = context.localIdy * EDGE + context.localIdx;
        int firstRow = context.groupIdy * TILE;
        int firstColumn = context.groupIdx * TILE;
        int rows = batch * outHeight * outWidth;
        clear(sums);
        int taps = Window.edge(window) * Window.edge(window);
        for (int tap = 0; tap < taps; tap++) {
            sources(pixels, firstRow + item / DEPTH, rows, tap, inHeight, inWidth, outHeight, outWidth, window);
            for (int k0 = 0; k0 < in; k0 += DEPTH) {
                int channel = k0 + item % DEPTH;
                for (int i = 0; i < OWN; i++) {
                    int at = item % DEPTH * PITCH + item / DEPTH + i * EDGE;
                    left[at] = pixels[i] >= 0 && channel < in ? arena.get(input + pixels[i] * in + channel) : 0f;
                }
                for (int i = 0; i < OWN; i++) {
                    int k = item / TILE + i * OWN;
                    int column = firstColumn + item % TILE;
                    int from = weight + (tap * in + k0 + k) * out + column;
                    right[k * TILE + item % TILE] = k0 + k < in && column < out ? weights.get(from).getFloat32() : 0f;
                }
                context.localBarrier();
                for (int k = 0; k < DEPTH; k++) {
                    for (int i = 0; i < OWN; i++) {
                        float a = left[k * PITCH + context.localIdy * OWN + i];
                        for (int j = 0; j < OWN; j++) {
                            sums[i * OWN + j] += a * right[k * TILE + context.localIdx + j * EDGE];
                        }
                    }
                }
                context.localBarrier();
            }
        }
        finish(
                arena, vectors, places, sums, firstRow + context.localIdy * OWN, firstColumn + context.localIdx, rows,
                outHeight * outWidth, out, window);
    }

    private static void clear(float[] sums) {
        for (int i = 0; i < OWN * OWN; i++) {
            sums[i] = 0f;
        }
    }

    /** The pixels under a tap for the four rows that a work-item loads, 16 apart. */
    private static void sources(
            int[] pixels, int row, int rows, int tap, int inHeight, int inWidth, int outHeight, int outWidth, int window) {
        for (int i = 0; i < OWN; i++) {
            int own = row + i * EDGE;
            pixels[i] = own < rows ? ProductStrips.source(own, tap, inHeight, inWidth, outHeight, outWidth, window) : -1;
        }
    }

    private static void finish(
            FloatArray arena,
            FloatArray vectors,
            IntArray places,
            float[] sums,
            int firstRow,
            int firstColumn,
            int rows,
            int positions,
            int out,
            int window) {
        int bias = places.get(2);
        int batchBias = places.get(3);
        int residual = places.get(4);
        int output = places.get(5);
        for (int i = 0; i < OWN; i++) {
            for (int j = 0; j < OWN; j++) {
                int row = firstRow + i;
                int column = firstColumn + j * EDGE;
                if (row < rows && column < out) {
                    float value = sums[i * OWN + j];
                    if (Window.adds(window, Window.BIAS) != 0) {
                        value += vectors.get(bias + column);
                    }
                    if (Window.adds(window, Window.BATCH_BIAS) != 0) {
                        value += arena.get(batchBias + row / positions * out + column);
                    }
                    value = Activations.activate(value, Window.activation(window));
                    if (Window.adds(window, Window.RESIDUAL) != 0) {
                        value += arena.get(residual + row * out + column);
                    }
                    arena.set(output + row * out + column, value);
                }
            }
        }
    }
}
