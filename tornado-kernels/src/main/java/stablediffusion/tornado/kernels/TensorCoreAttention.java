package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Computes attention with the tensor cores of NVIDIA's GPUs: fp16 factors, sums and softmax in 32 bits. The score matrix is never stored
 * as a whole.
 *
 * <p>A work-group computes {@value #BLOCK} queries of a head. It goes over the keys twice, in blocks of {@value #BLOCK}: for the largest score of
 * each query, then for the weights and the sum of weighted values. Sums cannot be scaled once they are in fragments, so the largest score must be
 * known before; and fragments can only be looked into through memory, so scores go through scratch memory in both passes.
 */
public final class TensorCoreAttention {
    /** Number of queries and of keys of a block. */
    public static final int BLOCK = 64;
    /** Number of work-items of a work-group: four warps, each 32 keys by 32 queries of the scores, and 32 queries by half a chunk of the output. */
    public static final int ITEMS = 128;
    /** The largest chunk of a head's channels. */
    public static final int LARGEST_CHUNK = 80;

    private static final int WARP = 32;
    /** Lower than every score, and finite, because the compiler may assume that there are no infinities. */
    private static final float MASKED = -1e30f;
    /** Elements of 4 bytes in a row of queries or of weights: 16 bytes are left free, so that no two lanes read from the same bank. */
    private static final int PITCH = BLOCK / 2 + 4;

    private TensorCoreAttention() {}

    /** Returns the number of floats of scratch memory of a work-group. */
    public static int scratch(int chunk) {
        return BLOCK * (BLOCK + chunk);
    }

    /**
     * Computes {@code output = softmax(query · keyᵀ / √head) · value} for each head.
     *
     * <p>Layout: query and output [batch, queries, heads · head], key and value [batch, keys, heads · head], all in the arena.
     *
     * <p>Grid: {@code groups} work-groups, in y, of {@value #ITEMS}. Each computes every {@code groups}th of batch · heads · slices · queries / {@value #BLOCK} blocks, where
     * a slice is a chunk of the output's channels; it has its own part of scratch [groups, scratch(chunk)]. Cost: as {@link CpuAttention#attend},
     * but the scores are computed 2 · slices times, with 16 bytes of scratch memory each.
     *
     * @param offsets element offsets of query, key, value and output; batch, queries, keys and heads; the offset of zeros in the arena;
     *     chunk / 16, because a loop bound that is no constant keeps the loop from being unrolled; groups
     * @param head number of channels of a head
     * @param chunk number of channels that are copied at a time: a multiple of 16, up to {@value #LARGEST_CHUNK}, that divides {@code padded}
     * @param padded head, rounded up to a multiple of 16
     * @param causal 1 if a token attends only to itself and to those before it, else 0
     * @param dividing see {@link #pack}
     */
    public static void attend(
            KernelContext context,
            HalfFloatArray arena,
            FloatArray scratch,
            IntArray offsets,
            int head,
            int chunk,
            int padded,
            int causal,
            int dividing) {
        int groups = offsets.get(10);
        int queries = offsets.get(5);
        int keys = offsets.get(6);
        int heads = offsets.get(7);
        int zeros = offsets.get(8);
        int rounds = offsets.get(9);
        int channels = heads * head;
        int queryBlocks = (queries + BLOCK - 1) / BLOCK;
        int slices = padded / chunk;
        int blocks = offsets.get(4) * heads * slices * queryBlocks;
        int pitch = chunk / 2 + 4;
        int[] keyBlock = context.allocateIntLocalArray(BLOCK * pitch);
        int[] valueBlock = context.allocateIntLocalArray(BLOCK * pitch);
        int[] queryBlock = context.allocateIntLocalArray(chunk * PITCH);
        int[] weights = context.allocateIntLocalArray(BLOCK * PITCH);
        float[] partial = context.allocateFloatLocalArray(4 * BLOCK);
        float scale = 1f / TornadoMath.sqrt(head);

        int item = context.localIdx;
        int own = item % 16;
        int warpRow = item / (2 * WARP) * 32;
        int warpColumn = item / WARP % 2;
        // Where a lane loads its row of a fragment, less where mmaLoad would, in bytes.
        int keyLane = (warpRow + own) * pitch * 4 - own * 32;
        int queryLane = own * (PITCH * 4 - 16) + warpColumn * 64;
        int weightLane = (warpRow + own) * PITCH * 4 - own * 32;
        int valueLane = own * (pitch * 4 - 16) + warpColumn * chunk;
        // A work-item maps the scores of two queries, and of two keys in eight.
        int query0 = item / WARP * 16 + item % 8;
        int query1 = query0 + 8;
        int keyPair = item / 8 % 4;
        int scores = context.groupIdy * (BLOCK * (BLOCK + chunk));
        int sums = scores + BLOCK * BLOCK;

        for (int block = context.groupIdy; block < blocks; block += groups) {
            int firstQuery = block % queryBlocks * BLOCK;
            int slice = block / queryBlocks % slices * chunk;
            int ofHead = block / queryBlocks / slices;
            int batch = ofHead / heads;
            int channel = ofHead % heads * head;
            int seen = causal == 1 ? Math.min(keys, firstQuery + BLOCK) : keys;
            int keyBlocks = (seen + BLOCK - 1) / BLOCK;
            int queryAt = offsets.get(0) + batch * queries * channels + channel;
            int keyAt = offsets.get(1) + batch * keys * channels + channel;
            int valueAt = offsets.get(2) + batch * keys * channels + channel;
            float largest0 = MASKED;
            float largest1 = MASKED;
            float total0 = 0f;
            float total1 = 0f;
            float[] o00 = context.mmaFragment(0f);
            float[] o01 = context.mmaFragment(0f);
            float[] o02 = context.mmaFragment(0f);
            float[] o03 = context.mmaFragment(0f);
            float[] o04 = context.mmaFragment(0f);
            float[] o10 = context.mmaFragment(0f);
            float[] o11 = context.mmaFragment(0f);
            float[] o12 = context.mmaFragment(0f);
            float[] o13 = context.mmaFragment(0f);
            float[] o14 = context.mmaFragment(0f);
            // The first pass multiplies zeros by zeros, which costs less than the code of two loops.
            for (int i = item; i < BLOCK * PITCH; i += ITEMS) {
                weights[i] = 0;
            }
            for (int i = item; i < BLOCK * pitch; i += ITEMS) {
                valueBlock[i] = 0;
            }
            for (int step = 0; step < 2 * keyBlocks; step++) {
                int second = step < keyBlocks ? 0 : 1;
                int firstKey = (step - second * keyBlocks) * BLOCK;
                float[] s00 = context.mmaFragment(0f);
                float[] s01 = context.mmaFragment(0f);
                float[] s02 = context.mmaFragment(0f);
                float[] s03 = context.mmaFragment(0f);
                float[] s10 = context.mmaFragment(0f);
                float[] s11 = context.mmaFragment(0f);
                float[] s12 = context.mmaFragment(0f);
                float[] s13 = context.mmaFragment(0f);
                int within = 0;
                for (int d = 0; d < padded; d += 16) {
                    if (within == 0) {
                        context.localBarrier();
                        for (int i = 0; i < rounds; i++) {
                            // Four at a time, because the next loads would wait for the stores.
                            int e0 = item + 4 * i * ITEMS;
                            int e1 = e0 + ITEMS;
                            int e2 = e0 + 2 * ITEMS;
                            int e3 = e0 + 3 * ITEMS;
                            int k0 = row(arena, keyAt, firstKey, keys, channels, e0, d, head, chunk, zeros);
                            int k1 = row(arena, keyAt, firstKey, keys, channels, e1, d, head, chunk, zeros);
                            int k2 = row(arena, keyAt, firstKey, keys, channels, e2, d, head, chunk, zeros);
                            int k3 = row(arena, keyAt, firstKey, keys, channels, e3, d, head, chunk, zeros);
                            keyBlock[e0 / (chunk / 2) * pitch + e0 % (chunk / 2)] = k0;
                            keyBlock[e1 / (chunk / 2) * pitch + e1 % (chunk / 2)] = k1;
                            keyBlock[e2 / (chunk / 2) * pitch + e2 % (chunk / 2)] = k2;
                            keyBlock[e3 / (chunk / 2) * pitch + e3 % (chunk / 2)] = k3;
                            if (second == 1 && d == 0) {
                                int v0 = row(arena, valueAt, firstKey, keys, channels, e0, slice, head, chunk, zeros);
                                int v1 = row(arena, valueAt, firstKey, keys, channels, e1, slice, head, chunk, zeros);
                                int v2 = row(arena, valueAt, firstKey, keys, channels, e2, slice, head, chunk, zeros);
                                int v3 = row(arena, valueAt, firstKey, keys, channels, e3, slice, head, chunk, zeros);
                                valueBlock[e0 / (chunk / 2) * pitch + e0 % (chunk / 2)] = v0;
                                valueBlock[e1 / (chunk / 2) * pitch + e1 % (chunk / 2)] = v1;
                                valueBlock[e2 / (chunk / 2) * pitch + e2 % (chunk / 2)] = v2;
                                valueBlock[e3 / (chunk / 2) * pitch + e3 % (chunk / 2)] = v3;
                            }
                            if (slices > 1 || step == 0) {
                                int q0 = column(arena, queryAt, firstQuery, queries, channels, e0, d, head, chunk, zeros);
                                int q1 = column(arena, queryAt, firstQuery, queries, channels, e1, d, head, chunk, zeros);
                                int q2 = column(arena, queryAt, firstQuery, queries, channels, e2, d, head, chunk, zeros);
                                int q3 = column(arena, queryAt, firstQuery, queries, channels, e3, d, head, chunk, zeros);
                                queryBlock[e0 % chunk * PITCH + e0 / chunk] = q0;
                                queryBlock[e1 % chunk * PITCH + e1 / chunk] = q1;
                                queryBlock[e2 % chunk * PITCH + e2 / chunk] = q2;
                                queryBlock[e3 % chunk * PITCH + e3 / chunk] = q3;
                            }
                        }
                        context.localBarrier();
                    }
                    HalfFloat[] a0 = context.mmaLoadA(keyBlock, 16, keyLane + within * 2);
                    HalfFloat[] a1 = context.mmaLoadA(keyBlock, 16, keyLane + within * 2 + 16 * pitch * 4);
                    HalfFloat[] b0 = context.mmaLoadB(queryBlock, 16, queryLane + within * (PITCH * 4));
                    HalfFloat[] b1 = context.mmaLoadB(queryBlock, 16, queryLane + within * (PITCH * 4) + 16);
                    HalfFloat[] b2 = context.mmaLoadB(queryBlock, 16, queryLane + within * (PITCH * 4) + 32);
                    HalfFloat[] b3 = context.mmaLoadB(queryBlock, 16, queryLane + within * (PITCH * 4) + 48);
                    s00 = context.mma(a0, b0, s00, MMAShape.M16N8K16);
                    s01 = context.mma(a0, b1, s01, MMAShape.M16N8K16);
                    s02 = context.mma(a0, b2, s02, MMAShape.M16N8K16);
                    s03 = context.mma(a0, b3, s03, MMAShape.M16N8K16);
                    s10 = context.mma(a1, b0, s10, MMAShape.M16N8K16);
                    s11 = context.mma(a1, b1, s11, MMAShape.M16N8K16);
                    s12 = context.mma(a1, b2, s12, MMAShape.M16N8K16);
                    s13 = context.mma(a1, b3, s13, MMAShape.M16N8K16);
                    within = within + 16 == chunk ? 0 : within + 16;
                }
                int scoresAt = scores + warpColumn * 32;
                context.mmaStore(s00, scratch, warpRow, scoresAt, BLOCK);
                context.mmaStore(s01, scratch, warpRow, scoresAt + 8, BLOCK);
                context.mmaStore(s02, scratch, warpRow, scoresAt + 16, BLOCK);
                context.mmaStore(s03, scratch, warpRow, scoresAt + 24, BLOCK);
                context.mmaStore(s10, scratch, warpRow + 16, scoresAt, BLOCK);
                context.mmaStore(s11, scratch, warpRow + 16, scoresAt + 8, BLOCK);
                context.mmaStore(s12, scratch, warpRow + 16, scoresAt + 16, BLOCK);
                context.mmaStore(s13, scratch, warpRow + 16, scoresAt + 24, BLOCK);
                context.globalBarrier();
                int visible0 = (causal == 1 ? Math.min(keys, firstQuery + query0 + 1) : keys) - firstKey;
                int visible1 = (causal == 1 ? Math.min(keys, firstQuery + query1 + 1) : keys) - firstKey;
                if (second == 0) {
                    for (int i = 0; i < BLOCK / 8; i++) {
                        int key = 2 * keyPair + 8 * i;
                        int at = scores + key * BLOCK;
                        float even0 = scratch.get(at + query0) * scale;
                        float odd0 = scratch.get(at + BLOCK + query0) * scale;
                        float even1 = scratch.get(at + query1) * scale;
                        float odd1 = scratch.get(at + BLOCK + query1) * scale;
                        largest0 = TornadoMath.max(largest0, key < visible0 ? even0 : MASKED);
                        largest0 = TornadoMath.max(largest0, key + 1 < visible0 ? odd0 : MASKED);
                        largest1 = TornadoMath.max(largest1, key < visible1 ? even1 : MASKED);
                        largest1 = TornadoMath.max(largest1, key + 1 < visible1 ? odd1 : MASKED);
                    }
                    if (step == keyBlocks - 1) {
                        partial[4 * query0 + keyPair] = largest0;
                        partial[4 * query1 + keyPair] = largest1;
                        context.localBarrier();
                        largest0 = TornadoMath.max(TornadoMath.max(partial[4 * query0], partial[4 * query0 + 1]),
                                TornadoMath.max(partial[4 * query0 + 2], partial[4 * query0 + 3]));
                        largest1 = TornadoMath.max(TornadoMath.max(partial[4 * query1], partial[4 * query1 + 1]),
                                TornadoMath.max(partial[4 * query1 + 2], partial[4 * query1 + 3]));
                    }
                } else {
                    for (int i = 0; i < BLOCK / 8; i++) {
                        int key = 2 * keyPair + 8 * i;
                        int at = scores + key * BLOCK;
                        float even0 = TornadoMath.exp((key < visible0 ? scratch.get(at + query0) * scale : MASKED) - largest0);
                        float odd0 = TornadoMath.exp((key + 1 < visible0 ? scratch.get(at + BLOCK + query0) * scale : MASKED) - largest0);
                        float even1 = TornadoMath.exp((key < visible1 ? scratch.get(at + query1) * scale : MASKED) - largest1);
                        float odd1 = TornadoMath.exp((key + 1 < visible1 ? scratch.get(at + BLOCK + query1) * scale : MASKED) - largest1);
                        total0 += even0 + odd0;
                        total1 += even1 + odd1;
                        weights[query0 * PITCH + keyPair + 4 * i] = pack(even0, odd0, dividing);
                        weights[query1 * PITCH + keyPair + 4 * i] = pack(even1, odd1, dividing);
                    }
                }
                context.localBarrier();
                for (int key = 0; key < BLOCK; key += 16) {
                    HalfFloat[] a0 = context.mmaLoadA(weights, 16, weightLane + key * 2);
                    HalfFloat[] a1 = context.mmaLoadA(weights, 16, weightLane + key * 2 + 16 * PITCH * 4);
                    int valueFrom = valueLane + key * pitch * 4;
                    HalfFloat[] b0 = context.mmaLoadB(valueBlock, 16, valueFrom);
                    o00 = context.mma(a0, b0, o00, MMAShape.M16N8K16);
                    o10 = context.mma(a1, b0, o10, MMAShape.M16N8K16);
                    if (chunk > 16) {
                        HalfFloat[] b1 = context.mmaLoadB(valueBlock, 16, valueFrom + 16);
                        o01 = context.mma(a0, b1, o01, MMAShape.M16N8K16);
                        o11 = context.mma(a1, b1, o11, MMAShape.M16N8K16);
                    }
                    if (chunk > 32) {
                        HalfFloat[] b2 = context.mmaLoadB(valueBlock, 16, valueFrom + 32);
                        o02 = context.mma(a0, b2, o02, MMAShape.M16N8K16);
                        o12 = context.mma(a1, b2, o12, MMAShape.M16N8K16);
                    }
                    if (chunk > 48) {
                        HalfFloat[] b3 = context.mmaLoadB(valueBlock, 16, valueFrom + 48);
                        o03 = context.mma(a0, b3, o03, MMAShape.M16N8K16);
                        o13 = context.mma(a1, b3, o13, MMAShape.M16N8K16);
                    }
                    if (chunk > 64) {
                        HalfFloat[] b4 = context.mmaLoadB(valueBlock, 16, valueFrom + 64);
                        o04 = context.mma(a0, b4, o04, MMAShape.M16N8K16);
                        o14 = context.mma(a1, b4, o14, MMAShape.M16N8K16);
                    }
                }
            }
            partial[4 * query0 + keyPair] = total0;
            partial[4 * query1 + keyPair] = total1;
            int sumsAt = sums + warpColumn * (chunk / 2);
            context.mmaStore(o00, scratch, warpRow, sumsAt, chunk);
            context.mmaStore(o10, scratch, warpRow + 16, sumsAt, chunk);
            if (chunk > 16) {
                context.mmaStore(o01, scratch, warpRow, sumsAt + 8, chunk);
                context.mmaStore(o11, scratch, warpRow + 16, sumsAt + 8, chunk);
            }
            if (chunk > 32) {
                context.mmaStore(o02, scratch, warpRow, sumsAt + 16, chunk);
                context.mmaStore(o12, scratch, warpRow + 16, sumsAt + 16, chunk);
            }
            if (chunk > 48) {
                context.mmaStore(o03, scratch, warpRow, sumsAt + 24, chunk);
                context.mmaStore(o13, scratch, warpRow + 16, sumsAt + 24, chunk);
            }
            if (chunk > 64) {
                context.mmaStore(o04, scratch, warpRow, sumsAt + 32, chunk);
                context.mmaStore(o14, scratch, warpRow + 16, sumsAt + 32, chunk);
            }
            context.globalBarrier();
            int output = offsets.get(3) + (batch * queries + firstQuery) * channels + channel + slice;
            for (int i = item; i < rounds * (16 * BLOCK); i += ITEMS) {
                int row = i / chunk;
                int d = i % chunk;
                if (firstQuery + row < queries && slice + d < head) {
                    float total = partial[4 * row] + partial[4 * row + 1] + partial[4 * row + 2] + partial[4 * row + 3];
                    float value = scratch.get(sums + i) / total;
                    arena.set(output + row * channels + d, new HalfFloat(value));
                }
            }
            context.globalBarrier();
        }
    }

    /** Returns two channels of a key or value of a block, or zeros beyond the last channel; beyond the last key, that key's. */
    private static int row(
            HalfFloatArray arena, int from, int first, int rows, int channels, int element, int channel, int head, int chunk, int zeros) {
        int row = Math.min(first + element / (chunk / 2), rows - 1);
        int d = channel + element % (chunk / 2) * 2;
        int at = from + row * channels + d;
        HalfFloat low = arena.get(head % 16 == 0 || d < head ? at : zeros);
        HalfFloat high = arena.get(head % 16 == 0 || d + 1 < head ? at + 1 : zeros);
        return low.getHalfFloatValue() & 0xFFFF | high.getHalfFloatValue() << 16;
    }

    /** Returns a channel of two queries of a block, or zeros beyond the last channel; beyond the last query, that query's. */
    private static int column(
            HalfFloatArray arena, int from, int first, int rows, int channels, int element, int channel, int head, int chunk, int zeros) {
        int row = Math.min(first + element / chunk * 2, rows - 1);
        int next = Math.min(row + 1, rows - 1);
        int d = channel + element % chunk;
        HalfFloat low = arena.get(head % 16 == 0 || d < head ? from + row * channels + d : zeros);
        HalfFloat high = arena.get(head % 16 == 0 || d < head ? from + next * channels + d : zeros);
        return low.getHalfFloatValue() & 0xFFFF | high.getHalfFloatValue() << 16;
    }

    /**
     * Returns two weights, rounded to fp16, as they lie in local memory.
     *
     * @param dividing 1 on the PTX backend, whose compiler rounds a number that is not stored in global memory only as the result of a division;
     *     else 0, because CUDA C cannot divide so
     */
    private static int pack(float low, float high, int dividing) {
        if (dividing == 1) {
            HalfFloat lowHalf = HalfFloat.div(new HalfFloat(low), new HalfFloat(1f));
            HalfFloat highHalf = HalfFloat.div(new HalfFloat(high), new HalfFloat(1f));
            return lowHalf.getHalfFloatValue() & 0xFFFF | highHalf.getHalfFloatValue() << 16;
        }
        return new HalfFloat(low).getHalfFloatValue() & 0xFFFF | new HalfFloat(high).getHalfFloatValue() << 16;
    }
}
