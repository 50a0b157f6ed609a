package stablediffusion.model.weights;

import stablediffusion.model.graph.Weight;

import java.lang.foreign.Arena;

/**
 * Reads the trained tensors of a model, by name, in the layout that kernels read.
 */
public interface Weights {

    /**
     * Reads one tensor. Its memory may be a mapped slice of a file, valid as long as the arena; close that early to keep resident
     * memory low.
     *
     * @throws stablediffusion.model.UserException where it is missing or of another shape
     */
    WeightData read(Weight weight, Arena arena);
}
