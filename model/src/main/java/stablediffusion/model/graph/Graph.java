package stablediffusion.model.graph;

import java.util.List;

/**
 * Describes a network at fixed shapes: operations in an order in which every value is written before it is read. Made by
 * {@link GraphBuilder}, never changed; passes make a new one.
 *
 * @param name for messages: "clip", "unet", "vae decoder" …
 */
public record Graph(String name, List<Value> inputs, List<Operation> operations, Value output) {
    public Graph {
        inputs = List.copyOf(inputs);
        operations = List.copyOf(operations);
    }

    /** Returns every trained tensor once, in the order in which a run first reads it. */
    public List<Weight> weights() {
        return operations.stream().flatMap(operation -> operation.weights().stream()).distinct().toList();
    }

    /** Returns the multiplications with addition of all operations. */
    public long multiplyAdds() {
        return operations.stream().mapToLong(Operation::multiplyAdds).sum();
    }

    /** Returns the input of a name. */
    public Value input(String name) {
        return inputs.stream()
                .filter(value -> value.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("graph " + this.name + " has no input " + name));
    }
}
