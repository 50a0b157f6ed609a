package stablediffusion.peers;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.MemoryWeights;
import stablediffusion.model.weights.Weights;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** Numbers to fill a network with, the same every time. */
final class RandomNumbers {
    private static final int TIMESTEPS = 1000;

    private RandomNumbers() {}

    /** Weights that keep activations near 1: a product's are divided by the root of what it sums over. */
    static Weights weights(Graph graph) {
        Map<String, float[]> tensors = new HashMap<>();
        for (Weight weight : graph.weights()) {
            Random random = new Random(weight.name().hashCode());
            double scale = switch (weight.layout()) {
                case CONVOLUTION, LINEAR -> Math.sqrt(weight.shape().getLast() / (double) weight.size());
                case TABLE, VECTOR -> 0.5;
            };
            float[] numbers = new float[weight.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) (scale * random.nextGaussian());
            }
            tensors.put(weight.name(), numbers);
        }
        return new MemoryWeights(tensors);
    }

    /** Normally distributed, but whole where tokens or timesteps belong. */
    static Map<String, Tensor> inputs(Graph graph) {
        Map<String, Tensor> inputs = new HashMap<>();
        for (Value input : graph.inputs()) {
            Random random = new Random(input.id());
            int bound = graph.operations().stream().mapToInt(operation -> bound(operation, input)).max().orElse(0);
            float[] numbers = new float[input.shape().size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = bound > 0 ? random.nextInt(bound) : (float) random.nextGaussian();
            }
            inputs.put(input.name(), new Tensor(input.shape(), numbers));
        }
        return inputs;
    }

    private static int bound(Operation operation, Value input) {
        return switch (operation) {
            case Operation.TokenEmbedding embedding when embedding.ids().equals(input) -> embedding.tokens().shape().getFirst();
            case Operation.TimestepEmbedding embedding when embedding.timesteps().equals(input) -> TIMESTEPS;
            default -> 0;
        };
    }
}
