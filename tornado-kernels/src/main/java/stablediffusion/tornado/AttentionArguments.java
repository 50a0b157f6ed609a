package stablediffusion.tornado;

/**
 * Attention with the offsets of its tensors in the arena.
 *
 * @param head channels of a head
 */
record AttentionArguments(int query, int key, int value, int output, int batch, int queries, int keys, int heads, int head, boolean causal) {
    int[] offsets() {
        return new int[] {query, key, value, output, padded()};
    }

    /** Channels of a head, rounded up to a multiple of four. */
    int padded() {
        return Math.ceilDiv(head, 4) * 4;
    }
}
