package stablediffusion.tests;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Cuts layers out of networks. */
public final class GraphPart {
    private GraphPart() {}

    /**
     * Returns the operations of one layer as a graph, whose inputs are the values that they take from other layers.
     *
     * @param layer beginning of the names of the layer's values
     * @throws IllegalArgumentException if there is no such layer, or if two of its inputs have the same name
     */
    public static Graph of(Graph network, String layer) {
        List<Operation> operations = network.operations().stream()
                .filter(operation -> operation.output().name().startsWith(layer))
                .toList();
        if (operations.isEmpty()) {
            throw new IllegalArgumentException(network.name() + " has no layer " + layer);
        }
        Set<Value> taken = new LinkedHashSet<>();
        Set<Value> made = new HashSet<>();
        for (Operation operation : operations) {
            operation.inputs().stream().filter(value -> !made.contains(value)).forEach(taken::add);
            made.add(operation.output());
        }
        Set<String> names = new HashSet<>();
        for (Value value : taken) {
            if (!names.add(value.name())) {
                throw new IllegalArgumentException("two inputs of " + layer + " are called " + value.name());
            }
        }
        return new Graph(layer, List.copyOf(taken), operations, operations.getLast().output());
    }
}
