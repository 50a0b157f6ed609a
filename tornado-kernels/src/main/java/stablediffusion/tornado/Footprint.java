package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.MemoryPlan;
import stablediffusion.model.graph.Value;

import java.util.List;
import java.util.stream.LongStream;

/**
 * Describes the device memory that a graph needs, before anything is allocated.
 *
 * @param memory offsets of the activations in the arena, in bytes
 * @param statistics offset of the group statistics in the arena, behind the activations, in floats
 * @param arenaFloats size of the arena in floats
 * @param precision precision of the matrices
 */
record Footprint(
        Graph graph, MemoryPlan memory, long statistics, long arenaFloats, Precision precision, List<GraphSegment> segments) {

    /** @param largestArray largest allocation of the device in bytes */
    static Footprint of(Graph graph, Precision precision, long largestArray) {
        MemoryPlan memory = MemoryPlan.of(graph, value -> 4L * value.shape().size());
        long statistics = memory.size() / 4;
        long groups = graph.operations().stream().mapToLong(operation -> TaskRequirements.of(operation).groups()).max().orElse(0);
        long maximumMatrixSize = Math.min(Integer.MAX_VALUE / 4, largestArray / precision.bytes());
        return new Footprint(
                graph,
                memory,
                statistics,
                statistics + 2 * groups,
                precision,
                GraphSegment.cut(graph.operations(), maximumMatrixSize));
    }

    /** Returns the offset of a value in the arena, in floats. */
    int offset(Value value) {
        return Math.toIntExact(memory.offsets().get(value) / 4);
    }

    int statisticsOffset() {
        return Math.toIntExact(statistics);
    }

    int arenaSize() {
        return Math.toIntExact(arenaFloats);
    }

    /** Returns the size of the largest array in bytes. */
    long largest() {
        return arrays().max().orElse(0);
    }

    MemoryNeed need() {
        return new MemoryNeed(weights().sum(), activations().sum());
    }

    /** Returns the size of all arrays together in bytes. */
    long total() {
        return need().total();
    }

    private LongStream arrays() {
        return LongStream.concat(weights(), activations());
    }

    private LongStream weights() {
        LongStream matrices = segments.stream().mapToLong(segment -> (long) precision.bytes() * segment.matrixSize());
        LongStream vectors = segments.stream().mapToLong(segment -> 4L * segment.vectorSize());
        return LongStream.concat(matrices, vectors);
    }

    private LongStream activations() {
        return LongStream.concat(
                graph.inputs().stream().mapToLong(input -> 4L * input.shape().size()),
                LongStream.of(4L * graph.output().shape().size(), 4L * arenaFloats));
    }
}
