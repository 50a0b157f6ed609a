package stablediffusion.model.tiles;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Operation.Attention;
import stablediffusion.model.graph.Operation.Convolution;
import stablediffusion.model.graph.Operation.GroupNorm;
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
 * The part of a network between two places where the whole picture counts: from values of which all pixels are known to the next
 * such value. Group normalization needs the statistics of all pixels, so its inputs are these values, and the graph's inputs and
 * its output. Within a stage, unless it has attention, a pixel depends on its neighbours only.
 *
 * @param operations in order; none of them a group normalization
 */
record Stage(List<Input> inputs, List<Operation> operations, Value output) {

    /**
     * @param value what the operations read
     * @param stored what was stored
     * @param norm what makes the one of the other; empty: they are the same
     */
    record Input(Value value, Value stored, Optional<GroupNorm> norm) {}

    Stage {
        inputs = List.copyOf(inputs);
        operations = List.copyOf(operations);
    }

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

    /** Of every input. */
    Shape inputShape() {
        return inputs.getFirst().value().shape();
    }

    boolean isLocal() {
        return operations.stream().noneMatch(Attention.class::isInstance);
    }

    /**
     * How far a pixel of the output sees beyond its place, in pixels of the input; even, so that halving the size keeps pixels in
     * their places.
     */
    int halo() {
        double reach = 0;
        for (Operation operation : operations) {
            if (operation instanceof Convolution convolution) {
                double scale = (double) inputShape().height() / convolution.input().shape().height();
                int margin = convolution.kernel() / 2;
                reach += margin * scale;
            }
        }
        return 2 * (int) Math.ceil(reach / 2);
    }
}
