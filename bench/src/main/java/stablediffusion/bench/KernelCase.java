package stablediffusion.bench;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Describes an operation at one shape that occurs in a model.
 *
 * @param shape text such as "2x64x64x320 → 320"; operations of the same kind and shape cost the same
 * @param count number of times that the networks run the operation
 */
public record KernelCase(OperationKind kind, String shape, int count, Operation operation) {

    /** Collects the operations of unfused networks, each shape once, sorted by kind and then by the bytes that they move, largest first. */
    public static List<KernelCase> of(List<Graph> graphs) {
        Map<String, KernelCase> cases = new LinkedHashMap<>();
        for (Graph graph : graphs) {
            for (Operation operation : graph.operations()) {
                KernelCase found = new KernelCase(OperationKind.of(operation), shape(operation), 1, operation);
                cases.merge(found.kind + " " + found.shape, found, (a, _) -> new KernelCase(a.kind, a.shape, a.count + 1, a.operation));
            }
        }
        return cases.values().stream()
                .sorted(Comparator.comparing(KernelCase::kind)
                        .thenComparing(Comparator.comparingLong((KernelCase one) -> one.count * one.bytes(Precision.F32)).reversed()))
                .toList();
    }

    /** Returns kind and shape: "3x3 convolution 2x64x64x320 → 320". */
    public String name() {
        return kind.label() + " " + shape;
    }

    /** Returns a graph of this operation alone. */
    public Graph graph() {
        List<Value> inputs = operation.inputs().stream().distinct().toList();
        return new Graph(name(), inputs, List.of(operation), operation.output());
    }

    /** Returns the number of floating-point operations, two for each multiply-add; 0 for operations without products. */
    public long floatingPointOperations() {
        return 2 * operation.multiplyAdds();
    }

    /** Returns the least memory traffic in bytes: every input, weight and output is read or written once. */
    public long bytes(Precision weights, Precision activations) {
        long values = operation.output().shape().size() + operation.inputs().stream().mapToLong(value -> value.shape().size()).sum();
        return activations.bytes() * values + weights.bytes() * operation.weights().stream().mapToLong(this::weightsRead).sum();
    }

    private long bytes(Precision precision) {
        return bytes(precision, precision);
    }

    /** Returns the number of weights that are read: of a table, only the rows that are looked up. */
    private long weightsRead(Weight weight) {
        return weight.layout() == Weight.Layout.TABLE ? operation.output().shape().size() : weight.size();
    }

    private static String shape(Operation operation) {
        String from = text(operation.inputs().getFirst().shape());
        int to = operation.output().shape().channels();
        return switch (operation) {
            case Operation.Convolution convolution ->
                    from + " → " + to + (convolution.stride() > 1 ? ", stride " + convolution.stride() : "");
            case Operation.Linear linear -> from + " → " + to + (linear.bias().isEmpty() ? ", no bias" : "");
            case Operation.GatedLinear _ -> from + " → " + to;
            case Operation.Attention attention ->
                    from + ", keys " + attention.key().shape().positions() + ", heads " + attention.heads()
                            + (attention.causal() ? ", causal" : "");
            case Operation.Activate activate -> from + ", " + activate.activation();
            case Operation.Concat concat -> from + " and " + concat.right().shape().channels();
            // @formatter:off
            case Operation.GroupNorm _, Operation.LayerNorm _, Operation.Geglu _, Operation.Add _, Operation.AddBatchBias _ -> from;
            // @formatter:on
            case Operation.Upsample _ -> from + " → " + text(operation.output().shape());
            // @formatter:off
            case Operation.TimestepEmbedding _, Operation.TokenEmbedding _ -> from + " → " + to;
            // @formatter:on
        };
    }

    private static String text(Shape shape) {
        return shape.batch() + "x" + shape.height() + "x" + shape.width() + "x" + shape.channels();
    }
}
