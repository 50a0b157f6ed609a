package stablediffusion.cpu;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.softmax_forward;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Compiles attention in blocks: scores, their softmax, and its product with the values, for as many heads and queries at a time as keep the
 * scores in the processor's caches. Heads are read and written in place, as slices of the channels.
 */
final class Attentions {
    /** The largest size of the scores of a block, which are 32-bit. */
    private static final long BLOCK_BYTES = 8 << 20;

    private final CompilationContext context;

    Attentions(CompilationContext context) {
        this.context = context;
    }

    Step compile(Operation.Attention attention) {
        long keys = attention.key().shape().positions();
        int queries = attention.query().shape().positions();
        long rowBytes = keys * Float.BYTES;
        int heads = Math.clamp(BLOCK_BYTES / (rowBytes * queries), 1, attention.heads());
        int rows = Math.clamp(BLOCK_BYTES / rowBytes, 1, queries);
        List<Step> steps = new ArrayList<>();
        for (int item = 0; item < attention.query().shape().batch(); item++) {
            for (int head = 0; head < attention.heads(); head += heads) {
                for (int row = 0; row < queries; row += rows) {
                    int blockHeads = Math.min(heads, attention.heads() - head);
                    int blockRows = Math.min(rows, queries - row);
                    steps.add(block(attention, new Block(item, head, blockHeads, row, blockRows)));
                }
            }
        }
        return Step.sequence(steps);
    }

    private record Block(int item, int head, int heads, int row, int rows) {}

    private Step block(Operation.Attention attention, Block block) {
        int keys = attention.key().shape().positions();
        memory query = heads(attention, attention.query(), block, block.row, block.rows, false);
        memory key = heads(attention, attention.key(), block, 0, keys, true);
        memory value = heads(attention, attention.value(), block, 0, keys, false);
        memory output = heads(attention, attention.output(), block, block.row, block.rows, false);
        memory.data_type type = context.activations().type(attention.query());
        memory scores = context.temporary(OneDnn.dense(OneDnn.F32, block.heads, block.rows, keys));
        memory probabilities =
                type == OneDnn.F32 ? scores : context.secondTemporary(OneDnn.dense(type, block.heads, block.rows, keys));

        PostOperations post = new PostOperations().scale((float) (1 / Math.sqrt(attention.headChannels())));
        if (attention.causal()) {
            post.add(mask(block, keys));
        }
        return Step.sequence(List.of(
                product(query, key, scores, post),
                softmax(scores, probabilities),
                product(probabilities, value, output, new PostOperations())));
    }

    /** Returns a view of some rows of the heads of a block, a matrix for each head. */
    private memory heads(Operation.Attention attention, Value value, Block block, int row, int rows, boolean transposed) {
        int channels = value.shape().channels();
        int headChannels = attention.headChannels();
        long[] dimensions = {block.heads, rows, headChannels};
        long[] strides = {headChannels, channels, 1};
        memory.desc desc = new memory.desc(
                transposed ? swapped(dimensions) : dimensions,
                context.activations().type(value),
                transposed ? swapped(strides) : strides);
        long position = (long) block.item * value.shape().positions() + row;
        return context.activations().view(value, desc, position * channels + (long) block.head * headChannels);
    }

    private static long[] swapped(long[] matrices) {
        return new long[] {matrices[0], matrices[2], matrices[1]};
    }

    private Step product(memory left, memory right, memory output, PostOperations post) {
        var desc = new matmul.primitive_desc(
                context.oneDnn().engine, left.get_desc(), right.get_desc(), output.get_desc(), post.attributes(), false);
        return post.bind(context.call(new matmul(desc), desc)).fromTo(left, output).with(dnnl.DNNL_ARG_WEIGHTS, right);
    }

    private Step softmax(memory scores, memory probabilities) {
        var desc = new softmax_forward.primitive_desc(
                context.oneDnn().engine,
                dnnl.prop_kind.forward_inference.value,
                dnnl.algorithm.softmax_accurate.value,
                scores.get_desc(),
                probabilities.get_desc(),
                2,
                new PostOperations().attributes(),
                false);
        return context.call(new softmax_forward(desc), desc).fromTo(scores, probabilities);
    }

    /** Returns what is added to the scores: 0 for the keys up to the query, minus infinity for those after it. */
    private memory mask(Block block, int keys) {
        memory mask = context.oneDnn().allocate(OneDnn.dense(OneDnn.F32, block.heads, block.rows, keys));
        MemorySegment numbers = OneDnn.segment(mask);
        long i = 0;
        for (int head = 0; head < block.heads; head++) {
            for (int row = block.row; row < block.row + block.rows; row++) {
                for (int key = 0; key < keys; key++) {
                    numbers.setAtIndex(ValueLayout.JAVA_FLOAT, i++, key <= row ? 0 : Float.NEGATIVE_INFINITY);
                }
            }
        }
        return mask;
    }
}
