package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;

/**
 * Holds the arguments of an attention kernel: the element offsets of its tensors in the arena, and its sizes.
 *
 * @param queries number of queries of an item of the batch
 * @param keys number of keys and values of an item of the batch
 * @param head number of channels of a head
 */
record AttentionArguments(int query, int key, int value, int output, int batch, int queries, int keys, int heads, int head,
        boolean causal) {
    static AttentionArguments of(Offsets offsets, Operation.Attention attention) {
        return new AttentionArguments(
                offsets.of(attention.query()),
                offsets.of(attention.key()),
                offsets.of(attention.value()),
                offsets.of(attention.output()),
                attention.query().shape().batch(),
                attention.query().shape().positions(),
                attention.key().shape().positions(),
                attention.heads(),
                attention.headChannels(),
                attention.causal());
    }

    int[] offsets() {
        return new int[] {query, key, value, output, padded()};
    }

    /** Returns the number of channels of a head, rounded up to a multiple of four. */
    int padded() {
        return Math.ceilDiv(head, 4) * 4;
    }
}
