package stablediffusion.peers;

import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.MemoryPlan;
import stablediffusion.model.graph.Operation;

import java.util.stream.Stream;

/** Estimates the memory that a library takes for a graph. */
final class MemoryEstimate {
    private MemoryEstimate() {}

    /**
     * Adds up the values that are live at the same time and, once more, the inputs and output of the largest operation, which the libraries
     * copy into an order of their own.
     *
     * @param copies the number of copies of each weight that a library keeps
     */
    static MemoryNeed of(Graph graph, int copies) {
        long weights = graph.weights().stream().mapToLong(weight -> bytes(weight.size())).sum();
        long values = MemoryPlan.of(graph, value -> bytes(value.shape().size())).size();
        long reordered = graph.operations().stream().mapToLong(MemoryEstimate::inputsAndOutput).max().orElse(0);
        return new MemoryNeed(copies * weights, values + reordered);
    }

    private static long inputsAndOutput(Operation operation) {
        return Stream.concat(operation.inputs().stream(), Stream.of(operation.output()))
                .mapToLong(value -> bytes(value.shape().size()))
                .sum();
    }

    private static long bytes(int numbers) {
        return (long) Float.BYTES * numbers;
    }
}
