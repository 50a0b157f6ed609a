package stablediffusion.peers;

import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Epilogue;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.MemoryPlan;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.util.Map;
import java.util.stream.Stream;

/** What the engines of other libraries have in common. */
final class Peer {
    /** @param nanoseconds that the library took, without bringing the inputs into its order and the output back */
    record Timed(Tensor output, long nanoseconds) {}

    private Peer() {}

    /** Describes an engine for people. */
    static String description(String backend, String library, int threads) {
        return backend + ": " + library + ", " + (threads == 1 ? "1 thread" : threads + " threads") + ", f32";
    }

    /** @throws IllegalArgumentException where operations are merged: these libraries do that themselves */
    static void requireUnfused(Graph graph) {
        for (Operation operation : graph.operations()) {
            boolean fused = switch (operation) {
                case Operation.Convolution convolution -> convolution.upsample() || !convolution.epilogue().equals(Epilogue.NOTHING);
                case Operation.Linear linear -> !linear.epilogue().equals(Epilogue.NOTHING);
                case Operation.GroupNorm norm -> norm.activation() != Activation.NONE;
                case Operation.GatedLinear _ -> true;
                default -> false;
            };
            if (fused) {
                throw new IllegalArgumentException(graph.name() + ": " + operation.output().name() + " is fused");
            }
        }
    }

    static Tensor input(Graph graph, Value input, Map<String, Tensor> inputs) {
        Tensor tensor = inputs.get(input.name());
        if (tensor == null || !tensor.shape().equals(input.shape())) {
            throw new IllegalArgumentException(graph.name() + ": input " + input.name() + " must be " + input.shape()
                    + (tensor == null ? ", and is missing" : ", not " + tensor.shape()));
        }
        return tensor;
    }

    /**
     * What lives at the same time, and beside it everything once more that the largest operation reads and writes: the libraries bring
     * that into an order of their own.
     *
     * @param copies of each weight that are kept
     */
    static MemoryNeed memory(Graph graph, int copies) {
        long weights = graph.weights().stream().mapToLong(weight -> bytes(weight.size())).sum();
        long values = MemoryPlan.of(graph, value -> bytes(value.shape().size())).size();
        long reordered = graph.operations().stream().mapToLong(Peer::touched).max().orElse(0);
        return new MemoryNeed(copies * weights, values + reordered);
    }

    private static long touched(Operation operation) {
        return Stream.concat(operation.inputs().stream(), Stream.of(operation.output())).mapToLong(value -> bytes(value.shape().size())).sum();
    }

    private static long bytes(int numbers) {
        return (long) Float.BYTES * numbers;
    }
}
