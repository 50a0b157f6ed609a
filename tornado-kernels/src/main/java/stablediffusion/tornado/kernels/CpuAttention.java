package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes attention on devices whose work-items are threads of a CPU. The score matrix is never stored.
 *
 * <p>A work-item computes a block of queries of one head. It reads the keys block by block, with the running maximum and sum of Milakov and
 * Gimelshein, "Online normalizer calculation for softmax" (2018), as in FlashAttention (Dao et al., 2022).
 */
public final class CpuAttention {
    /** Number of keys of a block. */
    private static final int KEYS = 64;
    /** Lower than every score, and finite, because the compiler may assume that there are no infinities. */
    private static final float MASKED = -1e30f;

    private CpuAttention() {}

    /**
     * Computes {@code output = softmax(query · keyᵀ / √head) · value} for each head.
     *
     * <p>Layout: query and output [batch, queries, heads · head], key and value [batch, keys, heads · head], all in the arena.
     *
     * <p>Grid: queries / blockQueries, rounded up, x batch · heads, work-groups of one work-item. Cost: 2 · batch · heads · queries · keys · head
     * multiply-adds and batch · heads · queries · keys exponentials; keys and values are read queries / blockQueries times.
     *
     * @param offsets element offsets of query, key, value and output; then {@code padded} once more, because a loop bound that is no constant
     *     keeps the loop from being unrolled
     * @param head number of channels of a head
     * @param padded head, rounded up to a multiple of four
     * @param causal 1 if a token attends only to itself and to those before it, else 0
     * @param blockQueries number of queries of a work-item, a multiple of four
     */
    public static void attend(
            KernelContext context,
            FloatArray arena,
            IntArray offsets,
            int queries,
            int keys,
            int heads,
            int head,
            int padded,
            int causal,
            int blockQueries) {
        int query = offsets.get(0);
        int key = offsets.get(1);
        int value = offsets.get(2);
        int output = offsets.get(3);
        int width = offsets.get(4);
        float[] q = new float[blockQueries * padded];
        float[] k = new float[padded * KEYS];
        float[] v = new float[KEYS * padded];
        float[] scores = new float[blockQueries * KEYS];
        float[] sums = new float[blockQueries * padded];
        float[] maximum = new float[blockQueries];
        float[] total = new float[blockQueries];
        int channels = heads * head;
        int batch = context.globalIdy / heads;
        int channel = context.globalIdy % heads * head;
        int firstQuery = context.globalIdx * blockQueries;
        int rows = Math.min(blockQueries, queries - firstQuery);
        float scale = 1f / TornadoMath.sqrt(head);
        for (int i = 0; i < blockQueries; i++) {
            maximum[i] = MASKED;
            total[i] = 0f;
            int from = query + (batch * queries + firstQuery + i) * channels + channel;
            for (int d = 0; d < width; d++) {
                q[i * padded + d] = i < rows && d < head ? arena.get(from + d) * scale : 0f;
                sums[i * padded + d] = 0f;
            }
        }
        int seen = causal == 1 ? firstQuery + rows : keys;
        for (int firstKey = 0; firstKey < seen; firstKey += KEYS) {
            for (int j = 0; j < KEYS; j++) {
                int from = (batch * keys + firstKey + j) * channels + channel;
                for (int d = 0; d < width; d++) {
                    int there = firstKey + j < keys && d < head ? 1 : 0;
                    k[d * KEYS + j] = there == 1 ? arena.get(key + from + d) : 0f;
                    v[j * padded + d] = there == 1 ? arena.get(value + from + d) : 0f;
                }
            }
            for (int i = 0; i < blockQueries * KEYS; i++) {
                scores[i] = 0f;
            }
            CpuBlockProduct.multiply(scores, q, k, rows, padded, padded, KEYS);
            for (int i = 0; i < rows; i++) {
                int visible = Math.min(KEYS, (causal == 1 ? firstQuery + i + 1 : keys) - firstKey);
                float before = maximum[i];
                float now = before;
                for (int j = 0; j < KEYS; j++) {
                    float score = j < visible ? scores[i * KEYS + j] : MASKED;
                    scores[i * KEYS + j] = score;
                    now = TornadoMath.max(now, score);
                }
                float sum = 0f;
                for (int j = 0; j < KEYS; j++) {
                    float weight = TornadoMath.exp(scores[i * KEYS + j] - now);
                    scores[i * KEYS + j] = weight;
                    sum += weight;
                }
                float shrink = TornadoMath.exp(before - now);
                maximum[i] = now;
                total[i] = total[i] * shrink + sum;
                for (int d = 0; d < width; d++) {
                    sums[i * padded + d] *= shrink;
                }
            }
            CpuBlockProduct.multiply(sums, scores, v, rows, KEYS, KEYS, width);
        }
        for (int i = 0; i < rows; i++) {
            int to = output + (batch * queries + firstQuery + i) * channels + channel;
            for (int d = 0; d < head; d++) {
                arena.set(to + d, sums[i * padded + d] / total[i]);
            }
        }
    }
}
