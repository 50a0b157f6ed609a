package stablediffusion.model.graph;

/**
 * Describes an activation that an operation reads or writes, without its numbers.
 *
 * @param id number that is unique in its graph
 * @param name name of the layer that computes it, or of the input
 */
public record Value(int id, String name, Shape shape) {}
