package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes attention on GPUs. The score matrix is never stored. The algorithm is that of {@link CpuAttention}, distributed over a work-group.
 *
 * <p>A work-group of 8 x 16 work-items computes 64 queries of one head, and a row of 8 work-items four of them. For each block of 64 keys, a
 * work-item computes the scores of its row's queries and eight keys, its row finds the maximum through local memory and stores the softmax
 * weights there, and each work-item sums up to ten channels of the values. Wide heads are cut: each part of up to 80 channels of the
 * values gets a work-group, which computes the scores again.
 *
 * <p>Both products are computed as in {@link GpuProducts}: steps of eight channels or keys, with the next step on its way while one is
 * multiplied, sums that have names, and aligned reads.
 */
public final class GpuAttention {
    /** Width of a work-group in work-items. */
    public static final int WIDTH = 8;
    /** Height of a work-group in work-items. */
    public static final int HEIGHT = 16;
    /** Number of queries of a work-group. */
    public static final int QUERIES = 64;

    private static final int ITEMS = WIDTH * HEIGHT;
    /** Number of keys of a block. */
    private static final int KEYS = 64;
    /** Channels, or keys, that a step multiplies. */
    private static final int DEPTH = 8;
    /** Distance of the rows that a work-item loads. */
    private static final int STRIDE = ITEMS / DEPTH;
    /** Rows are padded so that the work-items that write a column of them use different banks. */
    private static final int PITCH = KEYS + 4;
    private static final int MAXIMA = WIDTH + 2;
    /** The most channels of the values that a work-group sums. */
    private static final int WIDEST = 80;
    private static final float MASKED = -1e30f;

    private GpuAttention() {}

    /** Returns the number of work-groups that the channels of a head are cut into. */
    public static int parts(int head) {
        return (head + WIDEST - 1) / WIDEST;
    }

    /** Returns the number of channels of a part: 40, 64 or 80, so that a work-item sums 5, 8 or 10. */
    public static int part(int head) {
        int channels = (head + parts(head) - 1) / parts(head);
        return channels <= 40 ? 40 : channels <= 64 ? 64 : WIDEST;
    }

    /**
     * Computes the same as {@link CpuAttention#attend}.
     *
     * <p>Grid: queries / {@link #QUERIES}, rounded up, · parts x batch · heads work-groups of {@link #WIDTH} x {@link #HEIGHT}. Cost: (1 + parts) · batch ·
     * heads · queries · keys · head multiply-adds, where a head of up to 80 channels has one part; keys are read queries / {@link #QUERIES} · parts
     * times, values queries / {@link #QUERIES} times.
     *
     * @param offsets element offsets of query, key, value and output; then {@code padded} of the kernel for CPUs, and 8, the bound of
     *     loops that are not to be unrolled
     * @param part see {@link #part}
     */
    public static void attend(
            KernelContext context,
            FloatArray arena,
            IntArray offsets,
            int queries,
            int keys,
            int heads,
            int head,
            int causal,
            int part) {
        float[] left = context.allocateFloatLocalArray(2 * DEPTH * PITCH);
        float[] right = context.allocateFloatLocalArray(2 * DEPTH * WIDEST);
        // After every fourth row, four elements of padding.
        float[] weights = context.allocateFloatLocalArray(KEYS * QUERIES + KEYS);
        float[] maxima = context.allocateFloatLocalArray(QUERIES * MAXIMA);
        int depth = offsets.get(5);
        int x = context.localIdx;
        int y = context.localIdy;
        int item = y * WIDTH + x;
        int parts = (head + WIDEST - 1) / WIDEST;
        int channels = heads * head;
        int batch = context.groupIdy / heads;
        int channel = context.groupIdy % heads * head;
        int firstQuery = context.groupIdx / parts * QUERIES;
        int firstChannel = context.groupIdx % parts * part;
        float scale = 1f / TornadoMath.sqrt(head);
        int query = offsets.get(0) + batch * queries * channels + channel;
        int key = offsets.get(1) + batch * keys * channels + channel;
        int value = offsets.get(2) + batch * keys * channels + channel;
        int q0 = query + Math.min(firstQuery + item / DEPTH, queries - 1) * channels;
        int q1 = query + Math.min(firstQuery + item / DEPTH + STRIDE, queries - 1) * channels;
        int q2 = query + Math.min(firstQuery + item / DEPTH + 2 * STRIDE, queries - 1) * channels;
        int q3 = query + Math.min(firstQuery + item / DEPTH + 3 * STRIDE, queries - 1) * channels;
        int v0 = Math.min(firstChannel + item % part, head - 1);
        int v1 = Math.min(firstChannel + (item + ITEMS) % part, head - 1);
        int v2 = Math.min(firstChannel + (item + 2 * ITEMS) % part, head - 1);
        int v3 = Math.min(firstChannel + (item + 3 * ITEMS) % part, head - 1);
        int v4 = Math.min(firstChannel + (item + 4 * ITEMS) % part, head - 1);
        float s00 = 0f, s01 = 0f, s02 = 0f, s03 = 0f, s04 = 0f, s05 = 0f, s06 = 0f, s07 = 0f, s08 = 0f, s09 = 0f;
        float s10 = 0f, s11 = 0f, s12 = 0f, s13 = 0f, s14 = 0f, s15 = 0f, s16 = 0f, s17 = 0f, s18 = 0f, s19 = 0f;
        float s20 = 0f, s21 = 0f, s22 = 0f, s23 = 0f, s24 = 0f, s25 = 0f, s26 = 0f, s27 = 0f, s28 = 0f, s29 = 0f;
        float s30 = 0f, s31 = 0f, s32 = 0f, s33 = 0f, s34 = 0f, s35 = 0f, s36 = 0f, s37 = 0f, s38 = 0f, s39 = 0f;
        float maximum0 = MASKED, maximum1 = MASKED, maximum2 = MASKED, maximum3 = MASKED;
        float total0 = 0f, total1 = 0f, total2 = 0f, total3 = 0f;
        int steps = (head + DEPTH - 1) / DEPTH;
        int seen = causal == 1 ? Math.min(keys, firstQuery + QUERIES) : keys;
        for (int firstKey = 0; firstKey < seen; firstKey += KEYS) {
            int k0 = key + within(firstKey + item / DEPTH, keys) * channels;
            int k1 = key + within(firstKey + item / DEPTH + STRIDE, keys) * channels;
            int k2 = key + within(firstKey + item / DEPTH + 2 * STRIDE, keys) * channels;
            int k3 = key + within(firstKey + item / DEPTH + 3 * STRIDE, keys) * channels;
            float p00 = 0f, p01 = 0f, p02 = 0f, p03 = 0f, p04 = 0f, p05 = 0f, p06 = 0f, p07 = 0f;
            float p10 = 0f, p11 = 0f, p12 = 0f, p13 = 0f, p14 = 0f, p15 = 0f, p16 = 0f, p17 = 0f;
            float p20 = 0f, p21 = 0f, p22 = 0f, p23 = 0f, p24 = 0f, p25 = 0f, p26 = 0f, p27 = 0f;
            float p30 = 0f, p31 = 0f, p32 = 0f, p33 = 0f, p34 = 0f, p35 = 0f, p36 = 0f, p37 = 0f;
            // Scores. Each turn loads a step's blocks and multiplies those of the step before. The last turn loads the last step once more.
            for (int step = 0; step <= steps; step++) {
                int d = Math.min(step, steps - 1) * DEPTH + item % DEPTH;
                int there = head % DEPTH == 0 ? d : Math.min(d, head - 1);
                float l0 = arena.get(q0 + there);
                float l1 = arena.get(q1 + there);
                float l2 = arena.get(q2 + there);
                float l3 = arena.get(q3 + there);
                float r0 = arena.get(k0 + there);
                float r1 = arena.get(k1 + there);
                float r2 = arena.get(k2 + there);
                float r3 = arena.get(k3 + there);
                if (step > 0) {
                    for (int k = 0; k < depth; k++) {
                        int l = ((step - 1 & 1) * DEPTH + k) * PITCH + 4 * y;
                        int r = ((step - 1 & 1) * DEPTH + k) * PITCH + 4 * x;
                        float a0 = left[l];
                        float a1 = left[l + 1];
                        float a2 = left[l + 2];
                        float a3 = left[l + 3];
                        float b0 = right[r];
                        float b1 = right[r + 1];
                        float b2 = right[r + 2];
                        float b3 = right[r + 3];
                        float b4 = right[r + KEYS / 2];
                        float b5 = right[r + KEYS / 2 + 1];
                        float b6 = right[r + KEYS / 2 + 2];
                        float b7 = right[r + KEYS / 2 + 3];
                        p00 += a0 * b0;
                        p01 += a0 * b1;
                        p02 += a0 * b2;
                        p03 += a0 * b3;
                        p04 += a0 * b4;
                        p05 += a0 * b5;
                        p06 += a0 * b6;
                        p07 += a0 * b7;
                        p10 += a1 * b0;
                        p11 += a1 * b1;
                        p12 += a1 * b2;
                        p13 += a1 * b3;
                        p14 += a1 * b4;
                        p15 += a1 * b5;
                        p16 += a1 * b6;
                        p17 += a1 * b7;
                        p20 += a2 * b0;
                        p21 += a2 * b1;
                        p22 += a2 * b2;
                        p23 += a2 * b3;
                        p24 += a2 * b4;
                        p25 += a2 * b5;
                        p26 += a2 * b6;
                        p27 += a2 * b7;
                        p30 += a3 * b0;
                        p31 += a3 * b1;
                        p32 += a3 * b2;
                        p33 += a3 * b3;
                        p34 += a3 * b4;
                        p35 += a3 * b5;
                        p36 += a3 * b6;
                        p37 += a3 * b7;
                    }
                }
                int to = ((step & 1) * DEPTH + item % DEPTH) * PITCH + item / DEPTH;
                float factor = head % DEPTH == 0 || d < head ? scale : 0f;
                left[to] = l0 * factor;
                left[to + STRIDE] = l1 * factor;
                left[to + 2 * STRIDE] = l2 * factor;
                left[to + 3 * STRIDE] = l3 * factor;
                right[to] = r0;
                right[to + STRIDE] = r1;
                right[to + 2 * STRIDE] = r2;
                right[to + 3 * STRIDE] = r3;
                context.localBarrier();
            }
            int nearKey = firstKey + 4 * x;
            int farKey = nearKey + KEYS / 2;
            if (causal == 1 || keys % KEYS != 0) {
                int visible0 = causal == 1 ? Math.min(keys, firstQuery + 4 * y + 1) : keys;
                int visible1 = causal == 1 ? Math.min(keys, firstQuery + 4 * y + 2) : keys;
                int visible2 = causal == 1 ? Math.min(keys, firstQuery + 4 * y + 3) : keys;
                int visible3 = causal == 1 ? Math.min(keys, firstQuery + 4 * y + 4) : keys;
                p00 = nearKey < visible0 ? p00 : MASKED;
                p01 = nearKey + 1 < visible0 ? p01 : MASKED;
                p02 = nearKey + 2 < visible0 ? p02 : MASKED;
                p03 = nearKey + 3 < visible0 ? p03 : MASKED;
                p04 = farKey < visible0 ? p04 : MASKED;
                p05 = farKey + 1 < visible0 ? p05 : MASKED;
                p06 = farKey + 2 < visible0 ? p06 : MASKED;
                p07 = farKey + 3 < visible0 ? p07 : MASKED;
                p10 = nearKey < visible1 ? p10 : MASKED;
                p11 = nearKey + 1 < visible1 ? p11 : MASKED;
                p12 = nearKey + 2 < visible1 ? p12 : MASKED;
                p13 = nearKey + 3 < visible1 ? p13 : MASKED;
                p14 = farKey < visible1 ? p14 : MASKED;
                p15 = farKey + 1 < visible1 ? p15 : MASKED;
                p16 = farKey + 2 < visible1 ? p16 : MASKED;
                p17 = farKey + 3 < visible1 ? p17 : MASKED;
                p20 = nearKey < visible2 ? p20 : MASKED;
                p21 = nearKey + 1 < visible2 ? p21 : MASKED;
                p22 = nearKey + 2 < visible2 ? p22 : MASKED;
                p23 = nearKey + 3 < visible2 ? p23 : MASKED;
                p24 = farKey < visible2 ? p24 : MASKED;
                p25 = farKey + 1 < visible2 ? p25 : MASKED;
                p26 = farKey + 2 < visible2 ? p26 : MASKED;
                p27 = farKey + 3 < visible2 ? p27 : MASKED;
                p30 = nearKey < visible3 ? p30 : MASKED;
                p31 = nearKey + 1 < visible3 ? p31 : MASKED;
                p32 = nearKey + 2 < visible3 ? p32 : MASKED;
                p33 = nearKey + 3 < visible3 ? p33 : MASKED;
                p34 = farKey < visible3 ? p34 : MASKED;
                p35 = farKey + 1 < visible3 ? p35 : MASKED;
                p36 = farKey + 2 < visible3 ? p36 : MASKED;
                p37 = farKey + 3 < visible3 ? p37 : MASKED;
            }
            maxima[(4 * y) * MAXIMA + x] = largest(p00, p01, p02, p03, p04, p05, p06, p07);
            maxima[(4 * y + 1) * MAXIMA + x] = largest(p10, p11, p12, p13, p14, p15, p16, p17);
            maxima[(4 * y + 2) * MAXIMA + x] = largest(p20, p21, p22, p23, p24, p25, p26, p27);
            maxima[(4 * y + 3) * MAXIMA + x] = largest(p30, p31, p32, p33, p34, p35, p36, p37);
            context.localBarrier();
            float now0 = maximum0;
            float now1 = maximum1;
            float now2 = maximum2;
            float now3 = maximum3;
            for (int j = 0; j < depth; j++) {
                now0 = TornadoMath.max(now0, maxima[(4 * y) * MAXIMA + j]);
                now1 = TornadoMath.max(now1, maxima[(4 * y + 1) * MAXIMA + j]);
                now2 = TornadoMath.max(now2, maxima[(4 * y + 2) * MAXIMA + j]);
                now3 = TornadoMath.max(now3, maxima[(4 * y + 3) * MAXIMA + j]);
            }
            float shrink0 = TornadoMath.exp(maximum0 - now0);
            float shrink1 = TornadoMath.exp(maximum1 - now1);
            float shrink2 = TornadoMath.exp(maximum2 - now2);
            float shrink3 = TornadoMath.exp(maximum3 - now3);
            maximum0 = now0;
            maximum1 = now1;
            maximum2 = now2;
            maximum3 = now3;
            p00 = TornadoMath.exp(p00 - now0);
            p01 = TornadoMath.exp(p01 - now0);
            p02 = TornadoMath.exp(p02 - now0);
            p03 = TornadoMath.exp(p03 - now0);
            p04 = TornadoMath.exp(p04 - now0);
            p05 = TornadoMath.exp(p05 - now0);
            p06 = TornadoMath.exp(p06 - now0);
            p07 = TornadoMath.exp(p07 - now0);
            p10 = TornadoMath.exp(p10 - now1);
            p11 = TornadoMath.exp(p11 - now1);
            p12 = TornadoMath.exp(p12 - now1);
            p13 = TornadoMath.exp(p13 - now1);
            p14 = TornadoMath.exp(p14 - now1);
            p15 = TornadoMath.exp(p15 - now1);
            p16 = TornadoMath.exp(p16 - now1);
            p17 = TornadoMath.exp(p17 - now1);
            p20 = TornadoMath.exp(p20 - now2);
            p21 = TornadoMath.exp(p21 - now2);
            p22 = TornadoMath.exp(p22 - now2);
            p23 = TornadoMath.exp(p23 - now2);
            p24 = TornadoMath.exp(p24 - now2);
            p25 = TornadoMath.exp(p25 - now2);
            p26 = TornadoMath.exp(p26 - now2);
            p27 = TornadoMath.exp(p27 - now2);
            p30 = TornadoMath.exp(p30 - now3);
            p31 = TornadoMath.exp(p31 - now3);
            p32 = TornadoMath.exp(p32 - now3);
            p33 = TornadoMath.exp(p33 - now3);
            p34 = TornadoMath.exp(p34 - now3);
            p35 = TornadoMath.exp(p35 - now3);
            p36 = TornadoMath.exp(p36 - now3);
            p37 = TornadoMath.exp(p37 - now3);
            total0 = total0 * shrink0 + (p00 + p01 + p02 + p03 + p04 + p05 + p06 + p07);
            total1 = total1 * shrink1 + (p10 + p11 + p12 + p13 + p14 + p15 + p16 + p17);
            total2 = total2 * shrink2 + (p20 + p21 + p22 + p23 + p24 + p25 + p26 + p27);
            total3 = total3 * shrink3 + (p30 + p31 + p32 + p33 + p34 + p35 + p36 + p37);
            s00 *= shrink0;
            s01 *= shrink0;
            s02 *= shrink0;
            s03 *= shrink0;
            s04 *= shrink0;
            s05 *= shrink0;
            s06 *= shrink0;
            s07 *= shrink0;
            s08 *= shrink0;
            s09 *= shrink0;
            s10 *= shrink1;
            s11 *= shrink1;
            s12 *= shrink1;
            s13 *= shrink1;
            s14 *= shrink1;
            s15 *= shrink1;
            s16 *= shrink1;
            s17 *= shrink1;
            s18 *= shrink1;
            s19 *= shrink1;
            s20 *= shrink2;
            s21 *= shrink2;
            s22 *= shrink2;
            s23 *= shrink2;
            s24 *= shrink2;
            s25 *= shrink2;
            s26 *= shrink2;
            s27 *= shrink2;
            s28 *= shrink2;
            s29 *= shrink2;
            s30 *= shrink3;
            s31 *= shrink3;
            s32 *= shrink3;
            s33 *= shrink3;
            s34 *= shrink3;
            s35 *= shrink3;
            s36 *= shrink3;
            s37 *= shrink3;
            s38 *= shrink3;
            s39 *= shrink3;
            int near = 4 * x * QUERIES + 4 * x + 4 * y;
            int far = near + KEYS / 2 * QUERIES + KEYS / 2;
            weights[near] = p00;
            weights[near + 1] = p10;
            weights[near + 2] = p20;
            weights[near + 3] = p30;
            weights[near + QUERIES] = p01;
            weights[near + QUERIES + 1] = p11;
            weights[near + QUERIES + 2] = p21;
            weights[near + QUERIES + 3] = p31;
            weights[near + 2 * QUERIES] = p02;
            weights[near + 2 * QUERIES + 1] = p12;
            weights[near + 2 * QUERIES + 2] = p22;
            weights[near + 2 * QUERIES + 3] = p32;
            weights[near + 3 * QUERIES] = p03;
            weights[near + 3 * QUERIES + 1] = p13;
            weights[near + 3 * QUERIES + 2] = p23;
            weights[near + 3 * QUERIES + 3] = p33;
            weights[far] = p04;
            weights[far + 1] = p14;
            weights[far + 2] = p24;
            weights[far + 3] = p34;
            weights[far + QUERIES] = p05;
            weights[far + QUERIES + 1] = p15;
            weights[far + QUERIES + 2] = p25;
            weights[far + QUERIES + 3] = p35;
            weights[far + 2 * QUERIES] = p06;
            weights[far + 2 * QUERIES + 1] = p16;
            weights[far + 2 * QUERIES + 2] = p26;
            weights[far + 2 * QUERIES + 3] = p36;
            weights[far + 3 * QUERIES] = p07;
            weights[far + 3 * QUERIES + 1] = p17;
            weights[far + 3 * QUERIES + 2] = p27;
            weights[far + 3 * QUERIES + 3] = p37;
            // The product of the weights and the values. No barrier is needed before the first: the first turn has one.
            for (int step = 0; step <= KEYS / DEPTH; step++) {
                int first = firstKey + Math.min(step, KEYS / DEPTH - 1) * DEPTH;
                float r0 = arena.get(value + within(first + item / part, keys) * channels + v0);
                float r1 = arena.get(value + within(first + (item + ITEMS) / part, keys) * channels + v1);
                // With 40 channels, the last work-items have no third element: it would be of the keys behind the step.
                float r2 = part > 40 || item + 2 * ITEMS < DEPTH * part
                        ? arena.get(value + within(first + (item + 2 * ITEMS) / part, keys) * channels + v2)
                        : 0f;
                float r3 = part == 40 ? 0f : arena.get(value + within(first + (item + 3 * ITEMS) / part, keys) * channels + v3);
                float r4 = part < WIDEST ? 0f : arena.get(value + within(first + (item + 4 * ITEMS) / part, keys) * channels + v4);
                if (step > 0) {
                    for (int k = 0; k < depth; k++) {
                        int t = (step - 1) * DEPTH + k;
                        int l = t * QUERIES + (t & -4) + 4 * y;
                        int r = ((step - 1 & 1) * DEPTH + k) * part;
                        float a0 = weights[l];
                        float a1 = weights[l + 1];
                        float a2 = weights[l + 2];
                        float a3 = weights[l + 3];
                        float b0 = right[r + 4 * x];
                        float b1 = right[r + 4 * x + 1];
                        float b2 = right[r + 4 * x + 2];
                        float b3 = right[r + 4 * x + 3];
                        float b4 = right[r + 32 + (part == 40 ? x : 4 * x)];
                        s00 += a0 * b0;
                        s10 += a1 * b0;
                        s20 += a2 * b0;
                        s30 += a3 * b0;
                        s01 += a0 * b1;
                        s11 += a1 * b1;
                        s21 += a2 * b1;
                        s31 += a3 * b1;
                        s02 += a0 * b2;
                        s12 += a1 * b2;
                        s22 += a2 * b2;
                        s32 += a3 * b2;
                        s03 += a0 * b3;
                        s13 += a1 * b3;
                        s23 += a2 * b3;
                        s33 += a3 * b3;
                        s04 += a0 * b4;
                        s14 += a1 * b4;
                        s24 += a2 * b4;
                        s34 += a3 * b4;
                        if (part > 40) {
                            float b5 = right[r + 32 + 4 * x + 1];
                            float b6 = right[r + 32 + 4 * x + 2];
                            float b7 = right[r + 32 + 4 * x + 3];
                            s05 += a0 * b5;
                            s15 += a1 * b5;
                            s25 += a2 * b5;
                            s35 += a3 * b5;
                            s06 += a0 * b6;
                            s16 += a1 * b6;
                            s26 += a2 * b6;
                            s36 += a3 * b6;
                            s07 += a0 * b7;
                            s17 += a1 * b7;
                            s27 += a2 * b7;
                            s37 += a3 * b7;
                        }
                        if (part > 64) {
                            float b8 = right[r + 64 + 2 * x];
                            float b9 = right[r + 64 + 2 * x + 1];
                            s08 += a0 * b8;
                            s18 += a1 * b8;
                            s28 += a2 * b8;
                            s38 += a3 * b8;
                            s09 += a0 * b9;
                            s19 += a1 * b9;
                            s29 += a2 * b9;
                            s39 += a3 * b9;
                        }
                    }
                }
                int to = (step & 1) * DEPTH * part + item;
                right[to] = r0;
                right[to + ITEMS] = r1;
                if (item + 2 * ITEMS < DEPTH * part) {
                    right[to + 2 * ITEMS] = r2;
                }
                if (part > 40) {
                    right[to + 3 * ITEMS] = r3;
                }
                if (part > 64) {
                    right[to + 4 * ITEMS] = r4;
                }
                context.localBarrier();
            }
        }
        maxima[(4 * y) * MAXIMA + x] = total0;
        maxima[(4 * y + 1) * MAXIMA + x] = total1;
        maxima[(4 * y + 2) * MAXIMA + x] = total2;
        maxima[(4 * y + 3) * MAXIMA + x] = total3;
        context.localBarrier();
        float sum0 = 0f;
        float sum1 = 0f;
        float sum2 = 0f;
        float sum3 = 0f;
        for (int j = 0; j < depth; j++) {
            sum0 += maxima[(4 * y) * MAXIMA + j];
            sum1 += maxima[(4 * y + 1) * MAXIMA + j];
            sum2 += maxima[(4 * y + 2) * MAXIMA + j];
            sum3 += maxima[(4 * y + 3) * MAXIMA + j];
        }
        int near = firstChannel + 4 * x;
        int far = firstChannel + 32 + (part == 40 ? x : 4 * x);
        int last = firstChannel + 64 + 2 * x;
        // The rows move up, so that there is code for one of them only.
        for (int i = 0; i < depth / 2; i++) {
            int row = firstQuery + 4 * y + i;
            if (row < queries) {
                int to = offsets.get(3) + (batch * queries + row) * channels + channel;
                store(arena, to, near, head, s00 / sum0);
                store(arena, to, near + 1, head, s01 / sum0);
                store(arena, to, near + 2, head, s02 / sum0);
                store(arena, to, near + 3, head, s03 / sum0);
                store(arena, to, far, head, s04 / sum0);
                if (part > 40) {
                    store(arena, to, far + 1, head, s05 / sum0);
                    store(arena, to, far + 2, head, s06 / sum0);
                    store(arena, to, far + 3, head, s07 / sum0);
                }
                if (part > 64) {
                    store(arena, to, last, head, s08 / sum0);
                    store(arena, to, last + 1, head, s09 / sum0);
                }
            }
            s00 = s10;
            s01 = s11;
            s02 = s12;
            s03 = s13;
            s04 = s14;
            s05 = s15;
            s06 = s16;
            s07 = s17;
            s08 = s18;
            s09 = s19;
            s10 = s20;
            s11 = s21;
            s12 = s22;
            s13 = s23;
            s14 = s24;
            s15 = s25;
            s16 = s26;
            s17 = s27;
            s18 = s28;
            s19 = s29;
            s20 = s30;
            s21 = s31;
            s22 = s32;
            s23 = s33;
            s24 = s34;
            s25 = s35;
            s26 = s36;
            s27 = s37;
            s28 = s38;
            s29 = s39;
            sum0 = sum1;
            sum1 = sum2;
            sum2 = sum3;
        }
    }

    /** Returns the key, or the last one instead of those behind it, whose weights are 0. */
    private static int within(int key, int keys) {
        return keys % KEYS == 0 ? key : Math.min(key, keys - 1);
    }

    private static float largest(float a, float b, float c, float d, float e, float f, float g, float h) {
        float left = TornadoMath.max(TornadoMath.max(a, b), TornadoMath.max(c, d));
        float right = TornadoMath.max(TornadoMath.max(e, f), TornadoMath.max(g, h));
        return TornadoMath.max(left, right);
    }

    private static void store(FloatArray arena, int to, int channel, int head, float value) {
        if (channel < head) {
            arena.set(to + channel, value);
        }
    }
}
