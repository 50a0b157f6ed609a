package stablediffusion.cpu;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.MemoryWeights;
import stablediffusion.model.weights.Weights;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** Numbers to fill a network with, the same every time. */
final class RandomNumbers {
    private RandomNumbers() {}

    /** Weights that keep activations near 1: a product's are divided by the root of what it sums over. */
    static Weights weights(Graph graph) {
        Map<String, float[]> tensors = new HashMap<>();
        for (Weight weight : graph.weights()) {
            Random random = new Random(weight.name().hashCode());
            double scale = switch (weight.layout()) {
                case CONVOLUTION, LINEAR -> 1 / Math.sqrt((double) weight.size() / weight.shape().getLast());
                case TABLE, VECTOR -> 0.5;
            };
            double centre = weight.name().contains("norm") && weight.name().endsWith("weight") ? 1 : 0;
            tensors.put(weight.name(), numbers(weight.size(), random, scale, centre));
        }
        return new MemoryWeights(tensors);
    }

    static Map<String, Tensor> inputs(Graph graph) {
        Map<String, Tensor> inputs = new HashMap<>();
        for (Value input : graph.inputs()) {
            inputs.put(input.name(), tensor(input.shape(), new Random(input.id())));
        }
        return inputs;
    }

    static Tensor tensor(Shape shape, Random random) {
        return new Tensor(shape, numbers(shape.size(), random, 1, 0));
    }

    private static float[] numbers(int size, Random random, double scale, double centre) {
        float[] numbers = new float[size];
        for (int i = 0; i < size; i++) {
            numbers[i] = (float) (centre + scale * random.nextGaussian());
        }
        return numbers;
    }
}
