package stablediffusion.cpu;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.softmax_forward;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Compiles attention in which a token sees only those before it: scores, their softmax, and its product with the values. Heads are read and
 * written in place, as slices of the channels. Used for texts, whose scores are few.
 */
final class MaskedAttentions {
    private final CompilationContext context;

    MaskedAttentions(CompilationContext context) {
        this.context = context;
    }

    Step compile(Operation.Attention attention) {
        memory mask = mask(attention);
        return Step.sequence(IntStream.range(0, attention.query().shape().batch())
                .mapToObj(item -> attention(attention, item, mask))
                .toList());
    }

    private Step attention(Operation.Attention attention, int item, memory mask) {
        memory query = heads(attention, attention.query(), item, false);
        memory key = heads(attention, attention.key(), item, true);
        memory value = heads(attention, attention.value(), item, false);
        memory output = heads(attention, attention.output(), item, false);
        memory.data_type type = context.activations().type(attention.query());
        memory scores = context.temporary(mask.get_desc());
        memory probabilities =
                type == OneDnn.F32 ? scores : context.secondTemporary(OneDnn.dense(
                        type, attention.heads(), attention.query().shape().positions(), attention.key().shape().positions()));
        return Step.sequence(List.of(
                product(query, key, scores, new PostOperations().scale((float) (1 / Math.sqrt(attention.headChannels()))).add(mask)),
                softmax(scores, probabilities),
                product(probabilities, value, output, new PostOperations())));
    }

    /** Returns a view of an item of the batch, a matrix for each head. */
    private memory heads(Operation.Attention attention, Value value, int item, boolean transposed) {
        int channels = value.shape().channels();
        int positions = value.shape().positions();
        long[] dimensions = {attention.heads(), positions, attention.headChannels()};
        long[] strides = {attention.headChannels(), channels, 1};
        memory.desc desc = new memory.desc(
                transposed ? swapped(dimensions) : dimensions,
                context.activations().type(value),
                transposed ? swapped(strides) : strides);
        return context.activations().view(value, desc, (long) item * positions * channels);
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

    /** Returns what is added to the scores of each head: 0 for the keys up to the query, minus infinity for those after it. */
    private memory mask(Operation.Attention attention) {
        int queries = attention.query().shape().positions();
        int keys = attention.key().shape().positions();
        memory mask = context.oneDnn().allocate(OneDnn.dense(OneDnn.F32, attention.heads(), queries, keys));
        MemorySegment numbers = OneDnn.segment(mask);
        long i = 0;
        for (int head = 0; head < attention.heads(); head++) {
            for (int query = 0; query < queries; query++) {
                for (int key = 0; key < keys; key++) {
                    numbers.setAtIndex(ValueLayout.JAVA_FLOAT, i++, key <= query ? 0 : Float.NEGATIVE_INFINITY);
                }
            }
        }
        return mask;
    }
}
