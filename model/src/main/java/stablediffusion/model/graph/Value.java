package stablediffusion.model.graph;

/**
 * What an operation reads or writes: a place for an activation, not the numbers themselves.
 *
 * @param id unique in its graph
 * @param name the layer that computes it, or the input's name
 */
public record Value(int id, String name, Shape shape) {}
