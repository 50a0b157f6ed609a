package stablediffusion.cpu;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

/** Holds the buffers of a thread that computes blocks of attention, and its calls of oneDNN. */
final class AttentionLane {
    /** Rows of the keys of a head, before they are packed. */
    final memory keys;

    /** Rows of the values of a head, before they are packed. */
    final memory values;

    /** Rows of the queries of a block. */
    final memory queries;

    /** The result of a block, in 32 bits. */
    final memory sums;

    private final List<Step> packing = new ArrayList<>();
    private final List<Step> products = new ArrayList<>();

    /** Returns lanes whose buffers are temporary, and which share the packed keys and values. */
    static List<AttentionLane> allocate(CompilationContext context, int lanes, int heads, AttentionProducts products) {
        List<memory.desc> descs = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            descs.add(products.exponentiate.weights_desc());
            descs.add(products.sum.weights_desc());
        }
        for (int lane = 0; lane < lanes; lane++) {
            descs.addAll(products.buffers());
        }
        List<memory> memories = context.temporaries(descs);
        List<memory> packed = memories.subList(0, 2 * heads);
        Iterator<memory> buffers = memories.listIterator(2 * heads);
        return IntStream.range(0, lanes).mapToObj(_ -> new AttentionLane(context.oneDnn(), products, packed, buffers)).toList();
    }

    /**
     * @param packed keys and values of each head in turn
     * @param buffers at the first of {@link AttentionProducts#buffers()}
     */
    private AttentionLane(OneDnn oneDnn, AttentionProducts products, List<memory> packed, Iterator<memory> buffers) {
        keys = buffers.next();
        values = buffers.next();
        queries = buffers.next();
        memory exponentials = buffers.next();
        sums = buffers.next();
        memory scratchpad = buffers.next();
        memory otherScratchpad = buffers.next();
        // Each thread has a stream of its own: their calls are in no order.
        stream stream = new stream(oneDnn.engine);
        for (int i = 0; i < packed.size(); i += 2) {
            memory key = packed.get(i);
            memory value = packed.get(i + 1);
            packing.add(Step.sequence(List.of(
                    new PrimitiveCall(new reorder(keys, key), stream).fromTo(keys, key),
                    new PrimitiveCall(new reorder(values, value), stream).fromTo(values, value))));
            this.products.add(Step.sequence(List.of(
                    new PrimitiveCall(new matmul(products.exponentiate), stream)
                            .fromTo(queries, exponentials)
                            .with(dnnl.DNNL_ARG_WEIGHTS, key)
                            .with(dnnl.DNNL_ARG_SCRATCHPAD, scratchpad),
                    new PrimitiveCall(new matmul(products.sum), stream)
                            .fromTo(exponentials, sums)
                            .with(dnnl.DNNL_ARG_WEIGHTS, value)
                            .with(dnnl.DNNL_ARG_SCRATCHPAD, otherScratchpad))));
        }
    }

    /** Packs the keys and values of a head. */
    void pack(int head) {
        packing.get(head).run();
    }

    /** Computes the sums of the queries of a head. */
    void compute(int head) {
        products.get(head).run();
    }
}
