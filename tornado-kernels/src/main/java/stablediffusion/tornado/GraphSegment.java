package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Weight;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Operations that follow one another and become one task graph, with the offsets of their weights in its two arrays.
 */
final class GraphSegment {
    private final List<Operation> operations = new ArrayList<>();
    private final Map<Weight, Integer> matrices = new LinkedHashMap<>();
    private final Map<Weight, Integer> vectors = new LinkedHashMap<>();
    private int matrixSize;
    private int vectorSize;
    private int tasks;

    /**
     * Cuts a network where a task graph is full or its matrices would outgrow an array.
     *
     * @param maximumMatrixSize elements
     */
    static List<GraphSegment> cut(List<Operation> operations, long maximumMatrixSize) {
        List<GraphSegment> segments = new ArrayList<>();
        segments.add(new GraphSegment());
        for (Operation operation : operations) {
            if (!segments.getLast().has(operation, maximumMatrixSize)) {
                segments.add(new GraphSegment());
            }
            segments.getLast().add(operation);
        }
        return segments;
    }

    /** Room is kept for the tasks that bring the inputs and take the output. */
    private boolean has(Operation operation, long maximumMatrixSize) {
        long size = operation.weights().stream().filter(GraphSegment::isMatrix).mapToLong(Weight::size).sum();
        return operations.isEmpty() || tasks + 2 <= TaskGraphBuilder.TASKS - 8 && matrixSize + size <= maximumMatrixSize;
    }

    private void add(Operation operation) {
        operations.add(operation);
        tasks += operation instanceof Operation.GroupNorm ? 2 : 1;
        operation.weights().forEach(this::reserve);
        if (operation instanceof Operation.TimestepEmbedding embedding) {
            reserve(Frequencies.weight(embedding));
        }
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

    List<Operation> operations() {
        return operations;
    }

    /** Offsets of convolutions, linear layers and tables. */
    Map<Weight, Integer> matrices() {
        return matrices;
    }

    /** Offsets of biases, scales and the like. */
    Map<Weight, Integer> vectors() {
        return vectors;
    }

    int matrixSize() {
        return matrixSize;
    }

    int vectorSize() {
        return vectorSize;
    }

    /** Whether a task of it takes the array of matrices. */
    boolean readsMatrices() {
        return !matrices.isEmpty();
    }

    /** Whether a task of it takes the array of vectors, if only as an argument. */
    boolean readsVectors() {
        return operations.stream().anyMatch(GraphSegment::isProduct) || !vectors.isEmpty();
    }

    private static boolean isProduct(Operation operation) {
        return operation instanceof Operation.Linear || operation instanceof Operation.Convolution;
    }

    int offset(Weight weight) {
        return isMatrix(weight) ? matrices.get(weight) : vectors.get(weight);
    }
}
