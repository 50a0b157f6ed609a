package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes matrix products and convolutions on GPUs.
 *
 * <p>A work-group of 8 x 16 work-items computes a block of {@link #ROWS} x {@link #COLUMNS} of the output, a work-item 8 x 8 elements of it:
 * two times four neighbouring rows and two times four neighbouring columns. A step multiplies 128 x 8 by 8 x 64. Both blocks come from
 * local memory, which has space for two steps: while one is multiplied, the next is on its way to registers, and it is stored when the
 * products are done. So a step needs one barrier, and loads have the time of 512 multiply-adds to arrive.
 *
 * <p>Sums have names, because an array is memory: compilers for PTX load and store its element for each multiply-add. In local memory, the four
 * elements that a work-item reads at a time are aligned to four, so that compilers can read them at once, and the left block's columns are
 * padded by four, so that the work-items that write it use different banks.
 */
public final class GpuProducts {
    /** Width of a work-group in work-items. */
    public static final int WIDTH = 8;
    /** Height of a work-group in work-items. */
    public static final int HEIGHT = 16;
    /** Rows of the output that a work-group computes. */
    public static final int ROWS = 128;
    /** Columns of the output that a work-group computes. */
    public static final int COLUMNS = 64;
    /** Elements of the inner dimension that a step multiplies. */
    public static final int DEPTH = 8;

    private static final int ITEMS = WIDTH * HEIGHT;
    private static final int PITCH = ROWS + 4;
    /** Distance of the rows of the left block that a work-item loads. */
    private static final int STRIDE = ITEMS / DEPTH;
    /** Distance of the rows of the right block that a work-item loads. */
    private static final int STEP = ITEMS / COLUMNS;

    private GpuProducts() {}

    /**
     * Computes the same as {@link CpuProducts#product}, or a slice of the sums over taps and channels.
     *
     * <p>For {@link ActivationFunctions#GEGLU} the weight is [in, 2 · out], a column of values and one of gates for each of the output, and blocks
     * have half the columns.
     *
     * <p>Grid: columns / {@link #COLUMNS} x rows / {@link #ROWS} · slices work-groups of {@link #WIDTH} x {@link #HEIGHT}, both rounded up.
     * Cost: batch · outHeight · outWidth · out · size² · in multiply-adds, where size is that of the convolution's kernel; each factor is
     * read out / {@link #COLUMNS} or rows / {@link #ROWS} times.
     *
     * @param weights weights, if fp16 is 0
     * @param halves weights, if fp16 is 1
     * @param partial sums of each slice [slices, rows, out], if there are several
     * @param offsets element offsets of input, weight, bias, batchBias, residual and output; then 8, the bound of a loop
     *     that is not to be unrolled
     * @param parameters see {@link ConvolutionParameters#of}
     * @param slices number of slices, 1 for GEGLU; {@link #combine} adds them
     */
    public static void product(
            KernelContext context,
            FloatArray arena,
            FloatArray weights,
            HalfFloatArray halves,
            FloatArray vectors,
            FloatArray partial,
            IntArray offsets,
            int fp16,
            int batch,
            int inHeight,
            int inWidth,
            int in,
            int outHeight,
            int outWidth,
            int out,
            int parameters,
            int slices) {
        float[] left = context.allocateFloatLocalArray(2 * DEPTH * PITCH);
        float[] right = context.allocateFloatLocalArray(2 * DEPTH * COLUMNS);
        int[] pixels = context.allocateIntLocalArray(2 * ROWS);
        int x = context.localIdx;
        int y = context.localIdy;
        int item = y * WIDTH + x;
        int rows = batch * outHeight * outWidth;
        int blocks = (rows + ROWS - 1) / ROWS;
        int slice = context.groupIdy / blocks;
        int firstRow = context.groupIdy % blocks * ROWS;
        int gated = ActivationFunctions.gated(ConvolutionParameters.activation(parameters));
        int columns = gated == 1 ? COLUMNS / 2 : COLUMNS;
        int wide = gated == 1 ? 2 * out : out;
        int firstColumn = context.groupIdx * columns;
        int size = ConvolutionParameters.kernelSize(parameters);
        int chunks = (in + DEPTH - 1) / DEPTH;
        int steps = size * size * chunks;
        int first = slice * steps / slices;
        int last = (slice + 1) * steps / slices;
        int tap = first / chunks;
        int k0 = first % chunks * DEPTH;
        int input = offsets.get(0);
        // The right half of a gated block has the gates of the left half's columns.
        int weight = offsets.get(1) + Math.min(firstColumn + item % columns, out - 1) + item % COLUMNS / columns * out;
        float s00 = 0f, s01 = 0f, s02 = 0f, s03 = 0f, s04 = 0f, s05 = 0f, s06 = 0f, s07 = 0f;
        float s10 = 0f, s11 = 0f, s12 = 0f, s13 = 0f, s14 = 0f, s15 = 0f, s16 = 0f, s17 = 0f;
        float s20 = 0f, s21 = 0f, s22 = 0f, s23 = 0f, s24 = 0f, s25 = 0f, s26 = 0f, s27 = 0f;
        float s30 = 0f, s31 = 0f, s32 = 0f, s33 = 0f, s34 = 0f, s35 = 0f, s36 = 0f, s37 = 0f;
        float s40 = 0f, s41 = 0f, s42 = 0f, s43 = 0f, s44 = 0f, s45 = 0f, s46 = 0f, s47 = 0f;
        float s50 = 0f, s51 = 0f, s52 = 0f, s53 = 0f, s54 = 0f, s55 = 0f, s56 = 0f, s57 = 0f;
        float s60 = 0f, s61 = 0f, s62 = 0f, s63 = 0f, s64 = 0f, s65 = 0f, s66 = 0f, s67 = 0f;
        float s70 = 0f, s71 = 0f, s72 = 0f, s73 = 0f, s74 = 0f, s75 = 0f, s76 = 0f, s77 = 0f;
        pixels[(tap & 1) * ROWS + item] = source(firstRow + item, rows, tap, inHeight, inWidth, in, outHeight, outWidth, parameters, input);
        context.localBarrier();
        // Each turn loads a step's blocks and multiplies those of the step before. The last turn loads the last step once more.
        for (int step = first; step <= last; step++) {
            int channel = k0 + item % DEPTH;
            int table = (tap & 1) * ROWS + item / DEPTH;
            int k = k0 + item / COLUMNS;
            int from = weight + tap * in * wide;
            float l0 = pixel(arena, pixels[table], channel, in, size);
            float l1 = pixel(arena, pixels[table + STRIDE], channel, in, size);
            float l2 = pixel(arena, pixels[table + 2 * STRIDE], channel, in, size);
            float l3 = pixel(arena, pixels[table + 3 * STRIDE], channel, in, size);
            float l4 = pixel(arena, pixels[table + 4 * STRIDE], channel, in, size);
            float l5 = pixel(arena, pixels[table + 5 * STRIDE], channel, in, size);
            float l6 = pixel(arena, pixels[table + 6 * STRIDE], channel, in, size);
            float l7 = pixel(arena, pixels[table + 7 * STRIDE], channel, in, size);
            float r0 = weight(weights, halves, fp16, from + within(k, in) * wide);
            float r1 = weight(weights, halves, fp16, from + within(k + STEP, in) * wide);
            float r2 = weight(weights, halves, fp16, from + within(k + 2 * STEP, in) * wide);
            float r3 = weight(weights, halves, fp16, from + within(k + 3 * STEP, in) * wide);
            if (step > first) {
                for (int d = 0; d < DEPTH; d++) {
                    int l = ((step - 1 & 1) * DEPTH + d) * PITCH + 4 * y;
                    int r = ((step - 1 & 1) * DEPTH + d) * COLUMNS + 4 * x;
                    float a0 = left[l];
                    float a1 = left[l + 1];
                    float a2 = left[l + 2];
                    float a3 = left[l + 3];
                    float a4 = left[l + ROWS / 2];
                    float a5 = left[l + ROWS / 2 + 1];
                    float a6 = left[l + ROWS / 2 + 2];
                    float a7 = left[l + ROWS / 2 + 3];
                    float b0 = right[r];
                    float b1 = right[r + 1];
                    float b2 = right[r + 2];
                    float b3 = right[r + 3];
                    float b4 = right[r + COLUMNS / 2];
                    float b5 = right[r + COLUMNS / 2 + 1];
                    float b6 = right[r + COLUMNS / 2 + 2];
                    float b7 = right[r + COLUMNS / 2 + 3];
                    s00 += a0 * b0;
                    s01 += a0 * b1;
                    s02 += a0 * b2;
                    s03 += a0 * b3;
                    s04 += a0 * b4;
                    s05 += a0 * b5;
                    s06 += a0 * b6;
                    s07 += a0 * b7;
                    s10 += a1 * b0;
                    s11 += a1 * b1;
                    s12 += a1 * b2;
                    s13 += a1 * b3;
                    s14 += a1 * b4;
                    s15 += a1 * b5;
                    s16 += a1 * b6;
                    s17 += a1 * b7;
                    s20 += a2 * b0;
                    s21 += a2 * b1;
                    s22 += a2 * b2;
                    s23 += a2 * b3;
                    s24 += a2 * b4;
                    s25 += a2 * b5;
                    s26 += a2 * b6;
                    s27 += a2 * b7;
                    s30 += a3 * b0;
                    s31 += a3 * b1;
                    s32 += a3 * b2;
                    s33 += a3 * b3;
                    s34 += a3 * b4;
                    s35 += a3 * b5;
                    s36 += a3 * b6;
                    s37 += a3 * b7;
                    s40 += a4 * b0;
                    s41 += a4 * b1;
                    s42 += a4 * b2;
                    s43 += a4 * b3;
                    s44 += a4 * b4;
                    s45 += a4 * b5;
                    s46 += a4 * b6;
                    s47 += a4 * b7;
                    s50 += a5 * b0;
                    s51 += a5 * b1;
                    s52 += a5 * b2;
                    s53 += a5 * b3;
                    s54 += a5 * b4;
                    s55 += a5 * b5;
                    s56 += a5 * b6;
                    s57 += a5 * b7;
                    s60 += a6 * b0;
                    s61 += a6 * b1;
                    s62 += a6 * b2;
                    s63 += a6 * b3;
                    s64 += a6 * b4;
                    s65 += a6 * b5;
                    s66 += a6 * b6;
                    s67 += a6 * b7;
                    s70 += a7 * b0;
                    s71 += a7 * b1;
                    s72 += a7 * b2;
                    s73 += a7 * b3;
                    s74 += a7 * b4;
                    s75 += a7 * b5;
                    s76 += a7 * b6;
                    s77 += a7 * b7;
                }
            }
            int to = ((step & 1) * DEPTH + item % DEPTH) * PITCH + item / DEPTH;
            int stored = (step & 1) * DEPTH * COLUMNS + item;
            left[to] = l0;
            left[to + STRIDE] = l1;
            left[to + 2 * STRIDE] = l2;
            left[to + 3 * STRIDE] = l3;
            left[to + 4 * STRIDE] = l4;
            left[to + 5 * STRIDE] = l5;
            left[to + 6 * STRIDE] = l6;
            left[to + 7 * STRIDE] = l7;
            right[stored] = r0;
            right[stored + ITEMS] = r1;
            right[stored + 2 * ITEMS] = r2;
            right[stored + 3 * ITEMS] = r3;
            if (size > 1 && (step == first || k0 == 0)) {
                pixels[(tap + 1 & 1) * ROWS + item] =
                        source(firstRow + item, rows, tap + 1, inHeight, inWidth, in, outHeight, outWidth, parameters, input);
            }
            if (step + 1 < last) {
                k0 += DEPTH;
                tap += k0 < in ? 0 : 1;
                k0 = k0 < in ? k0 : 0;
            }
            context.localBarrier();
        }
        int near = firstColumn + 4 * x;
        int far = near + COLUMNS / 2;
        int rowsOfItem = offsets.get(6);
        int positions = outHeight * outWidth;
        // A loop in which the rows move up is eight times less code than all rows one after another.
        for (int i = 0; i < rowsOfItem; i++) {
            int row = firstRow + 4 * y + i % 4 + i / 4 * (ROWS / 2);
            if (gated == 1) {
                gate(arena, vectors, offsets, row, near, rows, out, parameters, s00, s04);
                gate(arena, vectors, offsets, row, near + 1, rows, out, parameters, s01, s05);
                gate(arena, vectors, offsets, row, near + 2, rows, out, parameters, s02, s06);
                gate(arena, vectors, offsets, row, near + 3, rows, out, parameters, s03, s07);
            } else {
                finish(arena, vectors, partial, offsets, slice, slices, row, near, rows, positions, out, parameters, s00);
                finish(arena, vectors, partial, offsets, slice, slices, row, near + 1, rows, positions, out, parameters, s01);
                finish(arena, vectors, partial, offsets, slice, slices, row, near + 2, rows, positions, out, parameters, s02);
                finish(arena, vectors, partial, offsets, slice, slices, row, near + 3, rows, positions, out, parameters, s03);
                finish(arena, vectors, partial, offsets, slice, slices, row, far, rows, positions, out, parameters, s04);
                finish(arena, vectors, partial, offsets, slice, slices, row, far + 1, rows, positions, out, parameters, s05);
                finish(arena, vectors, partial, offsets, slice, slices, row, far + 2, rows, positions, out, parameters, s06);
                finish(arena, vectors, partial, offsets, slice, slices, row, far + 3, rows, positions, out, parameters, s07);
            }
            s00 = s10;
            s01 = s11;
            s02 = s12;
            s03 = s13;
            s04 = s14;
            s05 = s15;
            s06 = s16;
            s07 = s17;
            s10 = s20;
            s11 = s21;
            s12 = s22;
            s13 = s23;
            s14 = s24;
            s15 = s25;
            s16 = s26;
            s17 = s27;
            s20 = s30;
            s21 = s31;
            s22 = s32;
            s23 = s33;
            s24 = s34;
            s25 = s35;
            s26 = s36;
            s27 = s37;
            s30 = s40;
            s31 = s41;
            s32 = s42;
            s33 = s43;
            s34 = s44;
            s35 = s45;
            s36 = s46;
            s37 = s47;
            s40 = s50;
            s41 = s51;
            s42 = s52;
            s43 = s53;
            s44 = s54;
            s45 = s55;
            s46 = s56;
            s47 = s57;
            s50 = s60;
            s51 = s61;
            s52 = s62;
            s53 = s63;
            s54 = s64;
            s55 = s65;
            s56 = s66;
            s57 = s67;
            s60 = s70;
            s61 = s71;
            s62 = s72;
            s63 = s73;
            s64 = s74;
            s65 = s75;
            s66 = s76;
            s67 = s77;
        }
    }

    /** Returns the offset of the pixel of the input that an output's pixel reads for a tap; -1 in the padding. */
    private static int source(
            int row, int rows, int tap, int inHeight, int inWidth, int in, int outHeight, int outWidth, int parameters, int input) {
        // Rows below the last are not stored, so that they may read any.
        int pixel = CpuProducts.source(Math.min(row, rows - 1), tap, inHeight, inWidth, outHeight, outWidth, parameters);
        return pixel < 0 ? -1 : input + pixel * in;
    }

    /** Returns a channel of a pixel, 0 outside of the input. Loads an element in any case, because a branch would delay the loads after it. */
    private static float pixel(FloatArray arena, int offset, int channel, int in, int size) {
        if (size == 1 && in % DEPTH == 0) {
            return arena.get(offset + channel);
        }
        int outside = in % DEPTH == 0 ? offset : offset | in - 1 - channel;
        return outside < 0 ? 0f : arena.get(offset + channel);
    }

    /** Returns the channel, or the last one instead of those behind it, whose factor is 0. */
    private static int within(int channel, int in) {
        return in % DEPTH == 0 ? channel : Math.min(channel, in - 1);
    }

    /** Returns a weight from the one of the two arrays that has it. */
    static float weight(FloatArray weights, HalfFloatArray halves, int fp16, int at) {
        return fp16 == 1 ? halves.get(at).getFloat32() : weights.get(at);
    }

    private static void finish(
            FloatArray arena,
            FloatArray vectors,
            FloatArray partial,
            IntArray offsets,
            int slice,
            int slices,
            int row,
            int column,
            int rows,
            int positions,
            int out,
            int parameters,
            float sum) {
        if (row < rows && column < out) {
            if (slices > 1) {
                partial.set((slice * rows + row) * out + column, sum);
            } else {
                Epilogue.store(arena, vectors, offsets, row, column, positions, out, parameters, sum);
            }
        }
    }

    private static void gate(
            FloatArray arena,
            FloatArray vectors,
            IntArray offsets,
            int row,
            int column,
            int rows,
            int out,
            int parameters,
            float sum,
            float gate) {
        if (row < rows && column < out) {
            int bias = ConvolutionParameters.adds(parameters, ConvolutionParameters.BIAS);
            float value = bias != 0 ? sum + vectors.get(offsets.get(2) + column) : sum;
            float factor = bias != 0 ? gate + vectors.get(offsets.get(2) + out + column) : gate;
            arena.set(offsets.get(5) + row * out + column, value * ActivationFunctions.gelu(factor));
        }
    }

    /**
     * Adds the sums of the slices of {@link #product} and stores the output.
     *
     * <p>Grid: a work-item for each element of the output. Cost: slices floats of memory for each.
     *
     * @param size number of elements of the output
     */
    public static void combine(
            KernelContext context,
            FloatArray arena,
            FloatArray vectors,
            FloatArray partial,
            IntArray offsets,
            int positions,
            int out,
            int parameters,
            int slices,
            int size) {
        int i = context.globalIdx;
        if (i < size) {
            float sum = partial.get(i);
            for (int slice = 1; slice < slices; slice++) {
                sum += partial.get(slice * size + i);
            }
            Epilogue.store(arena, vectors, offsets, i / out, i % out, positions, out, parameters, sum);
        }
    }
}
