package stablediffusion.model.testing;

import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * Holds weights as float arrays.
 *
 * @param tensors by name, each in its stored layout
 */
public record MemoryWeights(Map<String, float[]> tensors) implements Weights {
    @Override
    public WeightData read(Weight weight, Arena arena) {
        float[] values = tensors.get(weight.name());
        if (values == null) {
            throw new UserException("weight " + weight.name() + " is missing");
        }
        if (values.length != weight.size()) {
            throw new UserException("weight " + weight.name() + " has " + values.length + " values, expected " + weight.shape());
        }
        return new WeightData(Precision.F32, MemorySegment.ofArray(values));
    }
}
