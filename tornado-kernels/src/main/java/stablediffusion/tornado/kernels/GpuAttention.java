package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes attention on GPUs. The score matrix is never stored. The algorithm is that of {@link CpuAttention}, distributed over a work-group.
 *
 * <p>A work-group of 16 x 16 work-items computes a block of queries of one head, and a row of 16 work-items some neighbouring queries of
 * it. For each block of 64 keys, a work-item computes the scores of its row's queries and four keys. The row finds the maximum through local
 * memory and stores the softmax weights there. For the product with the values, a work-item sums every sixteenth channel.
 */
public final class GpuAttention {
    /** Height and width of a work-group in work-items. */
    public static final int EDGE = 16;

    private static final int KEYS = 64;
    /** Keys of a block whose scores one work-item computes. */
    private static final int OWN = KEYS / EDGE;
    /** Channels that are copied to local memory at a time. */
    private static final int DEPTH = 16;

    private static final int PITCH = KEYS + 1;
    private static final float MASKED = -1e30f;

    private GpuAttention() {}

    /**
     * Computes the same as {@link CpuAttention#attend}.
     *
     * <p>Grid: queries, rounded up to a multiple of 16 · share and divided by share, x 16 · batch · heads, in work-groups of
     * {@link #EDGE} x {@link #EDGE}. Cost: 2 · batch · heads · queries · keys · head multiply-adds; keys and values are read
     * queries / (16 · share) times.
     *
     * @param offsets element offsets of query, key, value and output
     * @param share number of queries of a row of work-items
     * @param parts number of channels that a work-item sums: head / 16, rounded up
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
            int share,
            int parts) {
        int query = offsets.get(0);
        int key = offsets.get(1);
        int value = offsets.get(2);
        int output = offsets.get(3);
        float[] left = context.allocateFloatLocalArray(EDGE * share * DEPTH);
        float[] right = context.allocateFloatLocalArray(DEPTH * PITCH);
        float[] weights = context.allocateFloatLocalArray(EDGE * share * KEYS);
        float[] partial = context.allocateFloatLocalArray(EDGE * share * EDGE);
        float[] scores = new float[share * OWN];
        float[] sums = new float[share * parts];
        float[] maximum = new float[share];
        float[] total = new float[share];
        int x = context.localIdx;
        int y = context.localIdy;
        int channels = heads * head;
        int batch = context.groupIdy / heads;
        int channel = context.groupIdy % heads * head;
        int firstQuery = context.groupIdx * EDGE * share;
        int firstRow = y * share;
        float scale = 1f / TornadoMath.sqrt(head);
        for (int i = 0; i < share; i++) {
            maximum[i] = MASKED;
            total[i] = 0f;
        }
        for (int i = 0; i < share * parts; i++) {
            sums[i] = 0f;
        }
        int seen = causal == 1 ? Math.min(keys, firstQuery + EDGE * share) : keys;
        for (int firstKey = 0; firstKey < seen; firstKey += KEYS) {
            for (int i = 0; i < share * OWN; i++) {
                scores[i] = 0f;
            }
            for (int d0 = 0; d0 < head; d0 += DEPTH) {
                int d = d0 + x;
                for (int i = 0; i < share; i++) {
                    int row = y + i * EDGE;
                    int from = query + (batch * queries + firstQuery + row) * channels + channel + d;
                    left[row * DEPTH + x] = firstQuery + row < queries && d < head ? arena.get(from) * scale : 0f;
                }
                for (int i = 0; i < OWN; i++) {
                    int row = y + i * EDGE;
                    int from = key + (batch * keys + firstKey + row) * channels + channel + d;
                    right[x * PITCH + row] = firstKey + row < keys && d < head ? arena.get(from) : 0f;
                }
                context.localBarrier();
                for (int k = 0; k < DEPTH; k++) {
                    for (int i = 0; i < share; i++) {
                        float a = left[(firstRow + i) * DEPTH + k];
                        for (int j = 0; j < OWN; j++) {
                            scores[i * OWN + j] += a * right[k * PITCH + x + j * EDGE];
                        }
                    }
                }
                context.localBarrier();
            }
            for (int i = 0; i < share; i++) {
                int visible = causal == 1 ? Math.min(keys, firstQuery + firstRow + i + 1) : keys;
                float largest = MASKED;
                for (int j = 0; j < OWN; j++) {
                    float score = firstKey + x + j * EDGE < visible ? scores[i * OWN + j] : MASKED;
                    scores[i * OWN + j] = score;
                    largest = TornadoMath.max(largest, score);
                }
                partial[(firstRow + i) * EDGE + x] = largest;
            }
            context.localBarrier();
            for (int i = 0; i < share; i++) {
                float before = maximum[i];
                float now = before;
                for (int j = 0; j < EDGE; j++) {
                    now = TornadoMath.max(now, partial[(firstRow + i) * EDGE + j]);
                }
                maximum[i] = now;
                float shrink = TornadoMath.exp(before - now);
                total[i] = total[i] * shrink;
                for (int c = 0; c < parts; c++) {
                    sums[i * parts + c] = sums[i * parts + c] * shrink;
                }
                for (int j = 0; j < OWN; j++) {
                    weights[(firstRow + i) * KEYS + x + j * EDGE] = TornadoMath.exp(scores[i * OWN + j] - now);
                }
            }
            context.localBarrier();
            int count = Math.min(KEYS, keys - firstKey);
            for (int j = 0; j < count; j++) {
                int from = value + (batch * keys + firstKey + j) * channels + channel;
                for (int i = 0; i < share; i++) {
                    total[i] += weights[(firstRow + i) * KEYS + j];
                }
                for (int c = 0; c < parts; c++) {
                    int d = c * EDGE + x;
                    float v = d < head ? arena.get(from + d) : 0f;
                    for (int i = 0; i < share; i++) {
                        sums[i * parts + c] += weights[(firstRow + i) * KEYS + j] * v;
                    }
                }
            }
            context.localBarrier();
        }
        for (int i = 0; i < share; i++) {
            int row = firstQuery + firstRow + i;
            for (int c = 0; c < parts; c++) {
                int d = c * EDGE + x;
                if (row < queries && d < head) {
                    arena.set(output + (batch * queries + row) * channels + channel + d, sums[i * parts + c] / total[i]);
                }
            }
        }
    }
}
