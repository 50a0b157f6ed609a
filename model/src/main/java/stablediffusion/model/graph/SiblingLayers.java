package stablediffusion.model.graph;

import stablediffusion.model.graph.Operation.Linear;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds linear layers that read the same value, so that an engine can compute them at once: query, key and value of an attention, the keys and
 * values of all attentions to one context, what each block adds from the time embedding.
 */
public final class SiblingLayers {
    private SiblingLayers() {}

    /**
     * Returns the graph with siblings one after another, each where the first of them was. Their input has been computed there, and they read
     * nothing else: a layer whose epilogue reads a value is no sibling.
     */
    public static Graph gather(Graph graph) {
        Map<Object, List<Linear>> families = new HashMap<>();
        for (Operation operation : graph.operations()) {
            if (isSibling(operation)) {
                families.computeIfAbsent(family((Linear) operation), _ -> new ArrayList<>()).add((Linear) operation);
            }
        }
        List<Operation> ordered = new ArrayList<>();
        for (Operation operation : graph.operations()) {
            if (isSibling(operation)) {
                List<Linear> family = families.get(family((Linear) operation));
                if (family.getFirst().equals(operation)) {
                    ordered.addAll(family);
                }
            } else {
                ordered.add(operation);
            }
        }
        return new Graph(graph.name(), graph.inputs(), ordered, graph.output());
    }

    /** Returns the operations in their order, siblings that follow one another in a list of their own, every other operation alone. */
    public static List<List<Operation>> together(List<Operation> operations) {
        List<List<Operation>> together = new ArrayList<>();
        for (Operation operation : operations) {
            if (!together.isEmpty() && areSiblings(together.getLast().getLast(), operation)) {
                together.getLast().add(operation);
            } else {
                together.add(new ArrayList<>(List.of(operation)));
            }
        }
        return together;
    }

    private static boolean areSiblings(Operation one, Operation other) {
        return isSibling(one) && isSibling(other) && family((Linear) one).equals(family((Linear) other));
    }

    private static boolean isSibling(Operation operation) {
        return operation instanceof Linear linear && linear.epilogue().inputs().findAny().isEmpty();
    }

    /** Returns what siblings have in common: input, and what is computed after the product. */
    private static Object family(Linear linear) {
        return List.of(linear.input(), linear.bias().isPresent(), linear.epilogue());
    }
}
