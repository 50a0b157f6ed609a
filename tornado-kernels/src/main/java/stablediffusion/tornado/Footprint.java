package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.MemoryPlan;
import stablediffusion.model.graph.Value;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Describes the device memory that a graph needs, before anything is allocated.
 *
 * @param memory offsets of the activations in the arena, in bytes
 * @param activations precision of the arena
 * @param precision precision of the matrices
 */
record Footprint(Graph graph, MemoryPlan memory, Precision activations, Precision precision, List<GraphSegment> segments) {
    /** Kernels read up to so many channels beyond a value's last. */
    private static final int ZEROS = 64;

    /**
     * @param kernels kernels that compute the graph
     * @param precision precision of the matrices
     * @param largestArray largest allocation of the device in bytes
     */
    static Footprint of(Graph graph, KernelSet kernels, Precision precision, long largestArray) {
        Precision activations = kernels.activations();
        MemoryPlan memory = MemoryPlan.of(graph, value -> (long) activations.bytes() * value.shape().size());
        long maximumMatrixSize = Math.min(Integer.MAX_VALUE / 4, largestArray / precision.bytes());
        return new Footprint(graph, memory, activations, precision, GraphSegment.cut(graph.operations(), kernels, maximumMatrixSize));
    }

    /** Returns the offset of a value in the arena, in elements. */
    int offset(Value value) {
        return Math.toIntExact(memory.offsets().get(value) / activations.bytes());
    }

    /**
     * Returns the offset of elements behind all values that are always zero, for kernels that store activations in fp16: as many as a value
     * has channels, and {@value #ZEROS} more.
     */
    int zeros() {
        return Math.toIntExact(memory.size() / activations.bytes());
    }

    /** Returns the size of the arena in elements. */
    int arenaSize() {
        return Math.addExact(zeros(), activations == Precision.F16 ? channels() + ZEROS : 0);
    }

    private int channels() {
        IntStream inputs = graph.inputs().stream().mapToInt(input -> input.shape().channels());
        IntStream outputs = graph.operations().stream().mapToInt(operation -> operation.output().shape().channels());
        return IntStream.concat(inputs, outputs).max().orElse(0);
    }

    /** Returns the number of floats that operations keep outside of the arena, at most. */
    int statisticsSize() {
        return segments.stream().mapToInt(GraphSegment::statisticsSize).max().orElse(0);
    }

    /** Returns the size of the largest array in bytes. */
    long largest() {
        return arrays().max().orElse(0);
    }

    MemoryNeed need() {
        return new MemoryNeed(weights().sum(), others().sum());
    }

    /** Returns the size of all arrays together in bytes. */
    long total() {
        return need().total();
    }

    private LongStream arrays() {
        return LongStream.concat(weights(), others());
    }

    private LongStream weights() {
        LongStream matrices = segments.stream().mapToLong(segment -> (long) precision.bytes() * segment.matrixSize());
        LongStream vectors = segments.stream().mapToLong(segment -> 4L * segment.vectorSize());
        return LongStream.concat(matrices, vectors);
    }

    private LongStream others() {
        LongStream statistics = LongStream.of(4L * statisticsSize());
        LongStream ends = LongStream.concat(
                graph.inputs().stream().mapToLong(input -> 4L * input.shape().size()),
                LongStream.of(4L * graph.output().shape().size(), (long) activations.bytes() * arenaSize()));
        return LongStream.concat(ends, statistics);
    }
}
