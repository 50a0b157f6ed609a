package stablediffusion.bench;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Generates inputs of a graph from a seed: normally distributed numbers, but integers for tokens and timesteps. */
final class RandomInputs {
    private static final int TIMESTEPS = 1000;
    /** Stands for an input that may have any value. */
    private static final int UNBOUNDED = 0;

    private RandomInputs() {}

    static Map<String, Tensor> of(Graph graph, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, Tensor> inputs = new HashMap<>();
        for (Value input : graph.inputs()) {
            int bound = bound(graph, input);
            float[] values = new float[input.shape().size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = bound != UNBOUNDED ? random.nextInt(bound) : (float) random.nextGaussian();
            }
            inputs.put(input.name(), new Tensor(input.shape(), values));
        }
        return inputs;
    }

    private static int bound(Graph graph, Value input) {
        return graph.operations().stream()
                .filter(operation -> operation.inputs().contains(input))
                .mapToInt(RandomInputs::bound)
                .filter(bound -> bound != UNBOUNDED)
                .findFirst()
                .orElse(UNBOUNDED);
    }

    /** Returns the exclusive upper bound of the integers that an operation takes, or {@link #UNBOUNDED}. */
    private static int bound(Operation operation) {
        return switch (operation) {
            case Operation.TokenEmbedding embedding -> embedding.tokens().shape().getFirst();
            case Operation.TimestepEmbedding _ -> TIMESTEPS;
            // @formatter:off
            case Operation.Convolution _, Operation.Linear _, Operation.GatedLinear _, Operation.Attention _, Operation.GroupNorm _,
                    Operation.LayerNorm _, Operation.Geglu _, Operation.Activate _, Operation.Add _, Operation.AddBatchBias _,
                    Operation.Concat _, Operation.Upsample _ -> UNBOUNDED;
            // @formatter:on
        };
    }
}
