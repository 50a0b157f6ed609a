package stablediffusion.cpu;

import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import stablediffusion.model.Precision;

import java.util.List;

/**
 * Describes the two products of a block of attention. Queries, keys and values have a channel more than a head; see {@link AttentionBlocks}.
 */
final class AttentionProducts {
    /**
     * Added to the exponents, which are at most 0, so that a bound far above the scores leaves exponentials that a float can hold: those are
     * between e⁻⁸⁷ and e⁸⁸. The sums of values need some of the room above.
     */
    private static final float SHIFT = 60;

    /** exp(scale · queries · keys + SHIFT): [rows, channels + 1] by [channels + 1, keys]. */
    final matmul.primitive_desc exponentiate;

    /** exponentials · values: [rows, keys] by [keys, channels + 1]. The last channel has the sums of the exponentials. */
    final matmul.primitive_desc sum;

    private final List<memory.desc> buffers;

    AttentionProducts(OneDnn oneDnn, Precision precision, int rows, int keys, int channels) {
        memory.data_type type = OneDnn.type(precision);
        int depth = channels + 1;
        memory.desc exponentials = OneDnn.dense(type, rows, keys);
        exponentiate = new matmul.primitive_desc(
                oneDnn.engine,
                OneDnn.dense(type, rows, depth),
                OneDnn.any(type, depth, keys),
                exponentials,
                new PostOperations().linear((float) (1 / Math.sqrt(channels)), SHIFT).exponential().attributes(),
                false);
        sum = new matmul.primitive_desc(
                oneDnn.engine,
                exponentials,
                OneDnn.any(type, keys, depth),
                OneDnn.dense(OneDnn.F32, rows, depth),
                new PostOperations().attributes(),
                false);
        buffers = List.of(
                // Rows of keys are the columns of their matrix.
                new memory.desc(new long[] {depth, keys}, type, new long[] {1, depth}),
                OneDnn.dense(type, keys, depth),
                exponentiate.src_desc(),
                exponentials,
                sum.dst_desc(),
                exponentiate.scratchpad_desc(),
                sum.scratchpad_desc());
    }

    /** Returns what a thread needs: unpacked keys and values, queries, exponentials, sums, and memory for either product's own use. */
    List<memory.desc> buffers() {
        return buffers;
    }
}
