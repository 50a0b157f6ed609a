package stablediffusion.model.testing;

import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** Builds graphs of one or a few operations. */
public final class OperationGraphs {
    private OperationGraphs() {}

    /**
     * Builds a graph of one input, "x".
     *
     * @param operations adds the operations and returns the output
     */
    public static Graph of(String name, Shape input, BiFunction<GraphBuilder, Value, Value> operations) {
        GraphBuilder net = new GraphBuilder(name);
        return net.build(operations.apply(net, net.input("x", input)));
    }

    /** Builds an attention of the inputs "q", "k" and "v". */
    public static Graph attention(String name, int batch, int queries, int keys, int heads, int headChannels, boolean causal) {
        GraphBuilder net = new GraphBuilder(name);
        Value q = net.input("q", Shape.sequence(batch, queries, heads * headChannels));
        Value k = net.input("k", Shape.sequence(batch, keys, heads * headChannels));
        Value v = net.input("v", Shape.sequence(batch, keys, heads * headChannels));
        return net.build(causal ? net.causalAttention(q, k, v, "attention", heads) : net.attention(q, k, v, "attention", heads));
    }

    /** Builds an embedding of the input "ids", two rows of seven tokens. */
    public static Graph tokenEmbedding() {
        GraphBuilder net = new GraphBuilder("token embedding");
        return net.build(net.tokenEmbedding(net.input("ids", Shape.sequence(2, 7, 1)), "tokens", 100, "positions", 9, 48));
    }

    /** Builds an embedding of the input "timesteps", three of them. */
    public static Graph timestepEmbedding() {
        GraphBuilder net = new GraphBuilder("timestep embedding");
        return net.build(net.timestepEmbedding(net.input("timesteps", Shape.vector(3, 1)), 320));
    }

    /** Returns the kinds of operations that none of the graphs has, neither as it is nor fused by the rules. */
    public static Set<Class<?>> kindsMissingIn(List<Graph> graphs, Set<Fusion.Rule> rules) {
        Set<Class<?>> missing = kinds(Operation.class);
        for (Graph graph : graphs) {
            graph.operations().forEach(operation -> missing.remove(operation.getClass()));
            Fusion.apply(graph, rules).operations().forEach(operation -> missing.remove(operation.getClass()));
        }
        return missing;
    }

    private static Set<Class<?>> kinds(Class<?> type) {
        return type.isSealed()
                ? Arrays.stream(type.getPermittedSubclasses()).flatMap(kind -> kinds(kind).stream()).collect(Collectors.toSet())
                : Set.of(type);
    }

    /** Builds the smallest network: the layer "fc" of the input "x", [1, 1, 3, 64], and SiLU. */
    public static Graph linearSilu() {
        return of("net", Shape.sequence(1, 3, 64), (net, x) -> net.silu(net.linear(x, "fc", 48)));
    }
}
