package stablediffusion.tornado;

/**
 * Attention with the places of its tensors in the arena.
 *
 * @param head channels of a head
 */
record Attend(int query, int key, int value, int output, int batch, int queries, int keys, int heads, int head, boolean causal) {}
