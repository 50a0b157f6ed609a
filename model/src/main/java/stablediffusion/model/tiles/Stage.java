package stablediffusion.model.tiles;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Operation.Activate;
import stablediffusion.model.graph.Operation.Add;
import stablediffusion.model.graph.Operation.AddBatchBias;
import stablediffusion.model.graph.Operation.Attention;
import stablediffusion.model.graph.Operation.Concat;
import stablediffusion.model.graph.Operation.Convolution;
import stablediffusion.model.graph.Operation.GatedLinear;
import stablediffusion.model.graph.Operation.Geglu;
import stablediffusion.model.graph.Operation.GroupNorm;
import stablediffusion.model.graph.Operation.LayerNorm;
import stablediffusion.model.graph.Operation.Linear;
import stablediffusion.model.graph.Operation.TimestepEmbedding;
import stablediffusion.model.graph.Operation.TokenEmbedding;
import stablediffusion.model.graph.Operation.Upsample;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Describes the part of a network between two values that are stored for all pixels. Group normalization needs the statistics of all pixels, so
 * its inputs are stored, and the graph's inputs and its output. Within a stage, unless it has attention, a pixel depends on its neighbours only.
 *
 * @param operations in the graph's order; none of them a group normalization
 */
record Stage(List<Input> inputs, List<Operation> operations, Value output) {

    /**
     * Describes an input of a stage.
     *
     * @param value value that the operations read
     * @param stored value that was stored
     * @param norm normalization that computes {@code value} from {@code stored}; empty: they are the same
     */
    record Input(Value value, Value stored, Optional<GroupNorm> norm) {}

    Stage {
        inputs = List.copyOf(inputs);
        operations = List.copyOf(operations);
    }

    /** Divides a graph into stages, in the order in which they run. */
    static List<Stage> cut(Graph graph) {
        Map<Value, Operation> producers = new HashMap<>();
        Set<Value> stored = new HashSet<>(graph.inputs());
        stored.add(graph.output());
        for (Operation operation : graph.operations()) {
            producers.put(operation.output(), operation);
            if (operation instanceof GroupNorm norm) {
                stored.add(norm.input());
            }
        }
        return graph.operations().stream()
                .map(Operation::output)
                .filter(stored::contains)
                .map(output -> upTo(output, graph, producers, stored))
                .toList();
    }

    private static Stage upTo(Value output, Graph graph, Map<Value, Operation> producers, Set<Value> stored) {
        Map<Value, Input> inputs = new LinkedHashMap<>();
        Set<Operation> needed = new HashSet<>();
        Deque<Operation> open = new ArrayDeque<>(List.of(producers.get(output)));
        while (!open.isEmpty()) {
            Operation operation = open.pop();
            if (!needed.add(operation)) {
                continue;
            }
            for (Value value : operation.inputs()) {
                if (stored.contains(value)) {
                    inputs.put(value, new Input(value, value, Optional.empty()));
                } else if (producers.get(value) instanceof GroupNorm norm) {
                    inputs.put(value, new Input(value, norm.input(), Optional.of(norm)));
                } else {
                    open.push(producers.get(value));
                }
            }
        }
        List<Operation> operations = graph.operations().stream().filter(needed::contains).toList();
        return new Stage(new ArrayList<>(inputs.values()), operations, output);
    }

    /** Returns the shape of every input, [1, height, width, channels]. */
    Shape inputShape() {
        return inputs.getFirst().value().shape();
    }

    /** Returns whether no pixel of the output depends on all pixels of the input. */
    boolean isLocal() {
        return operations.stream().allMatch(operation -> Double.isFinite(reach(operation)));
    }

    /**
     * Returns how many pixels of the input, to each side, a pixel of the output depends on beyond its own position; even, so that halving
     * the size keeps positions whole. 0 for a stage that is not local, which has no tiles.
     */
    int halo() {
        double reach = operations.stream().mapToDouble(this::reach).sum();
        return isLocal() ? 2 * (int) Math.ceil(reach / 2) : 0;
    }

    /** Returns how many pixels of the stage's input an operation looks to each side, infinite for all. */
    private double reach(Operation operation) {
        return switch (operation) {
            case Convolution convolution -> {
                double scale = (double) inputShape().height() / convolution.input().shape().height();
                int margin = convolution.kernel() / 2;
                yield margin * scale;
            }
            // @formatter:off
            case Attention _, GroupNorm _ -> Double.POSITIVE_INFINITY;
            case Linear _,
                    GatedLinear _,
                    LayerNorm _,
                    Activate _,
                    Geglu _,
                    Add _,
                    AddBatchBias _,
                    Concat _,
                    Upsample _,
                    TimestepEmbedding _,
                    TokenEmbedding _ ->
                0;
            // @formatter:on
        };
    }
}
