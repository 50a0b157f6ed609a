package stablediffusion.bench;

/**
 * Holds the share that one kind of work has in the time of a run.
 *
 * @param kind kind of operation, or a cost outside of operations such as copies
 * @param operations number of operations of the kind
 * @param multiplyAdds multiply-adds of these operations together
 * @param seconds time of these operations together
 */
public record TimeShare(String kind, int operations, long multiplyAdds, double seconds) {}
