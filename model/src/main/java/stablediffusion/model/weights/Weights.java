package stablediffusion.model.weights;

import stablediffusion.model.graph.Weight;

import java.lang.foreign.Arena;

/**
 * The trained tensors of a model, by name, in the layout that kernels read.
 */
public interface Weights {

    /**
     * One tensor. Its memory may be a mapped slice of a file, valid as long as the arena; take a short one to keep resident
     * memory low.
     *
     * @throws stablediffusion.model.UserException where it is missing or of another shape
     */
    WeightData read(Weight weight, Arena arena);
}
