package stablediffusion.model.testing;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** Makes random weights and inputs of a graph, the same every time. */
public final class RandomNumbers {
    private static final int TIMESTEPS = 1000;
    /** Says that an input takes any number. */
    private static final int UNBOUNDED = 0;

    private RandomNumbers() {}

    /** Returns weights that keep activations near 1: those of a product are divided by the root of the number of its terms. */
    public static MemoryWeights weights(Graph graph) {
        Map<String, float[]> tensors = new HashMap<>();
        for (Weight weight : graph.weights()) {
            double scale = switch (weight.layout()) {
                case CONVOLUTION, LINEAR -> Math.sqrt(weight.shape().getLast() / (double) weight.size());
                case TABLE, VECTOR -> 0.5;
            };
            double mean = weight.name().contains("norm") && weight.name().endsWith("weight") ? 1 : 0;
            tensors.put(weight.name(), normal(weight.size(), new Random(weight.name().hashCode()), scale, mean));
        }
        return new MemoryWeights(tensors);
    }

    /** Returns inputs by name: whole numbers where token ids or timesteps belong, else normally distributed with variance 1. */
    public static Map<String, Tensor> inputs(Graph graph) {
        Map<String, Tensor> inputs = new HashMap<>();
        for (Value input : graph.inputs()) {
            int bound = graph.operations().stream().mapToInt(operation -> bound(operation, input)).max().orElse(UNBOUNDED);
            inputs.put(input.name(), bound == UNBOUNDED ? tensor(input.shape(), input.id()) : whole(input.shape(), input.id(), bound));
        }
        return inputs;
    }

    /** Returns normally distributed numbers of mean 0 and variance 1. */
    public static Tensor tensor(Shape shape, long seed) {
        return new Tensor(shape, normal(shape.size(), new Random(seed), 1, 0));
    }

    private static Tensor whole(Shape shape, long seed, int bound) {
        Random random = new Random(seed);
        float[] numbers = new float[shape.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = random.nextInt(bound);
        }
        return new Tensor(shape, numbers);
    }

    private static float[] normal(int size, Random random, double scale, double mean) {
        float[] numbers = new float[size];
        for (int i = 0; i < size; i++) {
            numbers[i] = (float) (mean + scale * random.nextGaussian());
        }
        return numbers;
    }

    /** Returns the exclusive upper bound of the whole numbers that an operation takes from an input. */
    private static int bound(Operation operation, Value input) {
        return switch (operation) {
            case Operation.TokenEmbedding embedding -> embedding.ids().equals(input) ? embedding.tokens().shape().getFirst() : UNBOUNDED;
            case Operation.TimestepEmbedding embedding -> embedding.timesteps().equals(input) ? TIMESTEPS : UNBOUNDED;
            // @formatter:off
            case Operation.Convolution _, Operation.Linear _, Operation.GatedLinear _, Operation.GroupNorm _, Operation.LayerNorm _,
                    Operation.Attention _, Operation.Geglu _, Operation.Activate _, Operation.Add _, Operation.AddBatchBias _,
                    Operation.Concat _, Operation.Upsample _ -> UNBOUNDED;
            // @formatter:on
        };
    }
}
