package stablediffusion.bench;

/**
 * A part of a run's time.
 *
 * @param kind a family of operations, or what is outside of operations
 * @param operations how many
 * @param multiplyAdds of all of them
 */
public record TimeShare(String kind, int operations, long multiplyAdds, double seconds) {}
