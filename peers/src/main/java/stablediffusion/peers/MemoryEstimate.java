package stablediffusion.peers;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.MemoryPlan;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Weight;

import java.util.stream.Stream;

/** Estimates the memory that a library takes for a graph. */
final class MemoryEstimate {
    private MemoryEstimate() {}

    /**
     * Adds up the values that are live at the same time and, once more, the inputs and output of the largest operation, which the libraries
     * copy into an order of their own.
     *
     * @param precision the precision of weights and values
     * @param copies the number of copies of each weight that a library keeps
     */
    static MemoryNeed of(Graph graph, Precision precision, int copies) {
        long weights = graph.weights().stream().mapToLong(Weight::size).sum();
        long values = MemoryPlan.of(graph, value -> (long) precision.bytes() * value.shape().size()).size();
        long reordered = graph.operations().stream().mapToLong(MemoryEstimate::inputsAndOutput).max().orElse(0);
        return new MemoryNeed(weights * copies * precision.bytes(), values + reordered * precision.bytes());
    }

    /** Returns how many numbers an operation reads and writes. */
    private static long inputsAndOutput(Operation operation) {
        return Stream.concat(operation.inputs().stream(), Stream.of(operation.output()))
                .mapToLong(value -> value.shape().size())
                .sum();
    }
}
