package stablediffusion.peers;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Value;

import java.util.Map;

/** Checks the inputs of a run. */
final class GraphInputs {
    private GraphInputs() {}

    /**
     * Returns the tensor of an input.
     *
     * @throws IllegalArgumentException if it is missing or has another shape
     */
    static Tensor require(Graph graph, Value input, Map<String, Tensor> inputs) {
        Tensor tensor = inputs.get(input.name());
        if (tensor == null || !tensor.shape().equals(input.shape())) {
            throw new IllegalArgumentException(graph.name() + ": input " + input.name() + " must be " + input.shape()
                    + (tensor == null ? ", and is missing" : ", not " + tensor.shape()));
        }
        return tensor;
    }
}
