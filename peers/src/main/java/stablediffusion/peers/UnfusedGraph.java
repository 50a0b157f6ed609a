package stablediffusion.peers;

import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Epilogue;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;

/** Refuses graphs that the project's own fusion has changed, because these libraries fuse operations themselves. */
final class UnfusedGraph {
    private UnfusedGraph() {}

    /** @throws IllegalArgumentException if an operation is fused */
    static void require(Graph graph) {
        for (Operation operation : graph.operations()) {
            if (isFused(operation)) {
                throw new IllegalArgumentException(graph.name() + ": " + operation.output().name() + " is fused");
            }
        }
    }

    private static boolean isFused(Operation operation) {
        return switch (operation) {
            case Operation.Convolution convolution -> convolution.upsample() || !convolution.epilogue().equals(Epilogue.NOTHING);
            case Operation.Linear linear -> !linear.epilogue().equals(Epilogue.NOTHING);
            case Operation.GroupNorm norm -> norm.activation() != Activation.NONE;
            case Operation.GatedLinear _ -> true;
            // @formatter:off
            case Operation.LayerNorm _, Operation.Attention _, Operation.Geglu _, Operation.Activate _, Operation.Add _,
                    Operation.AddBatchBias _, Operation.Concat _, Operation.Upsample _, Operation.TimestepEmbedding _,
                    Operation.TokenEmbedding _ -> false;
            // @formatter:on
        };
    }
}
