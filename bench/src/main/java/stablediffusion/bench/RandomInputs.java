package stablediffusion.bench;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Inputs of a graph, the same for the same seed: normally distributed, but whole numbers where tokens or timesteps belong. */
final class RandomInputs {
    private static final int TIMESTEPS = 1000;

    private RandomInputs() {}

    static Map<String, Tensor> of(Graph graph, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, Tensor> inputs = new HashMap<>();
        for (Value input : graph.inputs()) {
            int bound = bound(graph, input);
            float[] values = new float[input.shape().size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = bound > 0 ? random.nextInt(bound) : (float) random.nextGaussian();
            }
            inputs.put(input.name(), new Tensor(input.shape(), values));
        }
        return inputs;
    }

    /** Below which whole numbers are wanted; 0 where any number will do. */
    private static int bound(Graph graph, Value input) {
        for (Operation operation : graph.operations()) {
            if (operation.inputs().contains(input)) {
                switch (operation) {
                    case Operation.TokenEmbedding embedding -> {
                        return embedding.tokens().shape().getFirst();
                    }
                    case Operation.TimestepEmbedding _ -> {
                        return TIMESTEPS;
                    }
                    default -> {}
                }
            }
        }
        return 0;
    }
}
