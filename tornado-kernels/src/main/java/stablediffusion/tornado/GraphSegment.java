package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.SiblingLayers;
import stablediffusion.model.graph.Weight;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds consecutive operations that become one task graph, with the offsets of their weights in its two arrays.
 */
final class GraphSegment {
    /**
     * Tasks after which a new task graph begins. A task graph costs the host some time at each run. But code is shared between task graphs
     * only, not within one (see {@link TaskNames}): with so few, most kernels occur once in each.
     */
    private static final int TASKS = 28;
    /** Tasks after which a task graph ends with the next short kernel, because the last task's code is not shared. */
    private static final int FEW_TASKS = 20;

    private final List<List<Operation>> operations = new ArrayList<>();
    private final Map<Weight, Integer> matrices = new LinkedHashMap<>();
    private final Map<Weight, Integer> vectors = new LinkedHashMap<>();
    private int matrixSize;
    private int vectorSize;
    private int tasks;
    private boolean readsVectors;
    private int statisticsSize;

    /**
     * Cuts a network where a task graph is full or its matrices would outgrow an array.
     *
     * @param kernels kernels that compute the network
     * @param maximumMatrixSize largest number of elements of an array of matrices
     */
    static List<GraphSegment> cut(List<Operation> operations, KernelSet kernels, long maximumMatrixSize) {
        List<GraphSegment> segments = new ArrayList<>();
        segments.add(new GraphSegment());
        for (List<Operation> together : together(operations, kernels)) {
            if (!segments.getLast().fits(together, maximumMatrixSize)) {
                segments.add(new GraphSegment());
            }
            segments.getLast().add(together, requirements(together, kernels));
        }
        return segments;
    }

    private static List<List<Operation>> together(List<Operation> operations, KernelSet kernels) {
        return kernels.joinsSiblings() ? SiblingLayers.together(operations) : operations.stream().map(List::of).toList();
    }

    private static TaskRequirements requirements(List<Operation> together, KernelSet kernels) {
        return together.size() == 1 ? kernels.requirements(together.getFirst()) : kernels.requirements(linear(together));
    }

    /** Returns operations that are computed together, which are linear layers, as such. */
    static List<Operation.Linear> linear(List<Operation> together) {
        return together.stream().map(Operation.Linear.class::cast).toList();
    }

    /** Returns true if there is space for other operations; tasks are kept free for copying the inputs and the output. */
    private boolean fits(List<Operation> together, long maximumMatrixSize) {
        long size = together.stream().flatMap(operation -> operation.weights().stream()).filter(GraphSegment::isMatrix)
                .mapToLong(Weight::size).sum();
        boolean full = tasks + 2 > TASKS || tasks >= FEW_TASKS && isShort(operations.getLast().getLast());
        return operations.isEmpty() || !full && matrixSize + size <= maximumMatrixSize;
    }

    /** Returns true if the kernels of an operation compile in a fraction of the time of a product or of attention. */
    private static boolean isShort(Operation operation) {
        return switch (operation) {
            // @formatter:off
            case Operation.GroupNorm _,
                    Operation.LayerNorm _,
                    Operation.Geglu _,
                    Operation.Activate _,
                    Operation.Add _,
                    Operation.AddBatchBias _,
                    Operation.Concat _,
                    Operation.Upsample _,
                    Operation.TimestepEmbedding _,
                    Operation.TokenEmbedding _ -> true;
            case Operation.Convolution _, Operation.Linear _, Operation.GatedLinear _, Operation.Attention _ -> false;
            // @formatter:on
        };
    }

    private void add(List<Operation> together, TaskRequirements requirements) {
        operations.add(together);
        tasks += requirements.tasks();
        readsVectors |= requirements.readsVectors();
        statisticsSize = Math.max(statisticsSize, requirements.statistics());
        together.forEach(operation -> operation.weights().forEach(this::reserve));
        requirements.constants().forEach(this::reserve);
    }

    private void reserve(Weight weight) {
        if (isMatrix(weight)) {
            if (matrices.putIfAbsent(weight, matrixSize) == null) {
                matrixSize = Math.addExact(matrixSize, weight.size());
            }
        } else if (vectors.putIfAbsent(weight, vectorSize) == null) {
            vectorSize += weight.size();
        }
    }

    private static boolean isMatrix(Weight weight) {
        return weight.layout() != Weight.Layout.VECTOR;
    }

    /** Returns the operations in their order, those that are computed together in a list of their own. */
    List<List<Operation>> operations() {
        return operations;
    }

    /** Returns the element offsets of the weights of convolutions and linear layers and of embedding tables. */
    Map<Weight, Integer> matrices() {
        return matrices;
    }

    /** Returns the element offsets of biases, scales and other vectors. */
    Map<Weight, Integer> vectors() {
        return vectors;
    }

    int matrixSize() {
        return matrixSize;
    }

    int vectorSize() {
        return vectorSize;
    }

    /** Returns true if a task takes the array of matrices. */
    boolean readsMatrices() {
        return !matrices.isEmpty();
    }

    /** Returns true if a task takes the array of vectors, if only as an argument. */
    boolean readsVectors() {
        return readsVectors;
    }

    /** Returns the number of floats that the tasks of an operation keep between them, at most; 0 if none does. */
    int statisticsSize() {
        return statisticsSize;
    }

    int offset(Weight weight) {
        return isMatrix(weight) ? matrices.get(weight) : vectors.get(weight);
    }
}
