package stablediffusion.cpu;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Computes attention, softmax(scale · q·kᵀ)·v for each head, in two products for each block of queries.
 *
 * <p>Softmax is exp(s - c) / Σ exp(s - c) for any c. It is usually computed with the largest score as c, which needs all scores before the
 * first exponential. Here c is a bound of a query's scores that is known beforehand, scale · |q| · max |k| (Cauchy-Schwarz): it is one more
 * channel of the query, whose keys are 1. So the first product yields s - c, and the exponential is computed before a number is stored. The
 * second product yields the sum as well: it is one more channel of the values, which are 1.
 *
 * <p>The keys and values of a head are packed once as oneDNN's products read them, and each thread computes blocks of its own, whose
 * exponentials stay in its processor's cache.
 */
final class AttentionBlocks implements Step {
    /** The largest size of the exponentials of a block: half of the second-level cache of most processors. */
    private static final long BLOCK_BYTES = 512 << 10;

    /** Sums from here on have all terms that matter: those that a float cannot hold are below 1e-38, and there are fewer than 1e6. */
    private static final float SMALLEST_SUM = 1e-25f;

    private final Operation.Attention attention;
    private final ActivationMemory activations;
    private final Lanes lanes;
    private final List<AttentionLane> threads;
    private final Precision precision;
    private final int queries;
    private final int keys;
    private final int channels;

    /** Queries of a block. */
    private final int rows;

    /** Heads of all items of the batch, which are numbered one after the other. */
    private final int heads;

    private final float[] longestKeys;

    AttentionBlocks(CompilationContext context, Operation.Attention attention) {
        this.attention = attention;
        activations = context.activations();
        lanes = context.oneDnn().lanes();
        precision = activations.precision(attention.query());
        queries = attention.query().shape().positions();
        keys = attention.key().shape().positions();
        channels = attention.headChannels();
        rows = Math.clamp(BLOCK_BYTES / ((long) keys * precision.bytes()), 1, queries);
        heads = attention.query().shape().batch() * attention.heads();
        longestKeys = new float[heads];
        threads = AttentionLane.allocate(context, lanes.count(), heads,
                new AttentionProducts(context.oneDnn(), precision, rows, keys, channels));
    }

    @Override
    public void run() {
        lanes.run(heads, (lane, head) -> pack(threads.get(lane), head));
        int blocks = Math.ceilDiv(queries, rows);
        lanes.run(heads * blocks, (lane, part) -> compute(threads.get(lane), part / blocks, part % blocks * rows));
    }

    private void pack(AttentionLane lane, int head) {
        Numbers key = activations.numbers(attention.key());
        Numbers value = activations.numbers(attention.value());
        Numbers keyRows = Numbers.of(precision, OneDnn.segment(lane.keys));
        Numbers valueRows = Numbers.of(precision, OneDnn.segment(lane.values));
        float longest = 0;
        for (int row = 0; row < keys; row++) {
            long to = (long) row * (channels + 1);
            longest = Math.max(longest, squaredLength(key, first(attention.key(), head, row)));
            copy(key, first(attention.key(), head, row), keyRows, to);
            keyRows.set(to + channels, 1);
            copy(value, first(attention.value(), head, row), valueRows, to);
            valueRows.set(to + channels, 1);
        }
        longestKeys[head] = (float) Math.sqrt(longest);
        lane.pack(head);
    }

    private void compute(AttentionLane lane, int head, int firstRow) {
        int count = Math.min(rows, queries - firstRow);
        Numbers query = activations.numbers(attention.query());
        Numbers queryRows = Numbers.of(precision, OneDnn.segment(lane.queries));
        for (int row = 0; row < count; row++) {
            long from = first(attention.query(), head, firstRow + row);
            long to = (long) row * (channels + 1);
            copy(query, from, queryRows, to);
            queryRows.set(to + channels, (float) -Math.sqrt(squaredLength(query, from)) * longestKeys[head]);
        }
        lane.compute(head);
        Numbers output = activations.numbers(attention.output());
        Numbers sums = Numbers.of(Precision.F32, OneDnn.segment(lane.sums));
        for (int row = 0; row < count; row++) {
            long from = (long) row * (channels + 1);
            long to = first(attention.output(), head, firstRow + row);
            float sum = sums.get(from + channels);
            if (sum >= SMALLEST_SUM && sum <= Float.MAX_VALUE) {
                for (int channel = 0; channel < channels; channel++) {
                    output.set(to + channel, sums.get(from + channel) / sum);
                }
            } else {
                computeExactly(head, firstRow + row, output, to);
            }
        }
    }

    /** Computes a query by the definition, with the largest score as c: its scores are so far below their bound that nothing is left. */
    private void computeExactly(int head, int row, Numbers output, long to) {
        Numbers query = activations.numbers(attention.query());
        Numbers key = activations.numbers(attention.key());
        Numbers value = activations.numbers(attention.value());
        double[] weights = new double[keys];
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < keys; i++) {
            double score = 0;
            for (int channel = 0; channel < channels; channel++) {
                score += (double) query.get(first(attention.query(), head, row) + channel)
                        * key.get(first(attention.key(), head, i) + channel);
            }
            weights[i] = score / Math.sqrt(channels);
            largest = Math.max(largest, weights[i]);
        }
        double sum = 0;
        for (int i = 0; i < keys; i++) {
            weights[i] = Math.exp(weights[i] - largest);
            sum += weights[i];
        }
        for (int channel = 0; channel < channels; channel++) {
            double weighted = 0;
            for (int i = 0; i < keys; i++) {
                weighted += weights[i] * value.get(first(attention.value(), head, i) + channel);
            }
            output.set(to + channel, (float) (weighted / sum));
        }
    }

    /** Returns the index of a row's first number of a head. */
    private long first(Value value, int head, int row) {
        int item = head / attention.heads();
        return ((long) item * value.shape().positions() + row) * value.shape().channels() + (long) head % attention.heads() * channels;
    }

    private float squaredLength(Numbers numbers, long first) {
        float sum = 0;
        for (int channel = 0; channel < channels; channel++) {
            float number = numbers.get(first + channel);
            sum += number * number;
        }
        return sum;
    }

    private void copy(Numbers source, long from, Numbers target, long to) {
        int bytes = precision.bytes();
        MemorySegment.copy(source.memory(), from * bytes, target.memory(), to * bytes, (long) channels * bytes);
    }
}
