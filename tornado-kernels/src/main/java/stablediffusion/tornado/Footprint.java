package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.MemoryPlan;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.util.List;
import java.util.stream.LongStream;

/**
 * What a graph needs of a device's memory, known before anything is allocated.
 *
 * @param memory places of activations in the arena, in bytes
 * @param statistics offset of the room for group statistics, behind them, in floats
 * @param arenaFloats size of the arena
 * @param precision of the matrices
 */
record Footprint(
        Graph graph, MemoryPlan memory, long statistics, long arenaFloats, Precision precision, List<Segment> segments) {

    /** @param largestArray bytes that the device gives at once */
    static Footprint of(Graph graph, Precision precision, long largestArray) {
        MemoryPlan memory = MemoryPlan.of(graph, value -> 4L * value.shape().size());
        long statistics = memory.size() / 4;
        long groups = graph.operations().stream().mapToLong(Footprint::groups).max().orElse(0);
        long maximumMatrixSize = Math.min(Integer.MAX_VALUE / 4, largestArray / precision.bytes());
        return new Footprint(
                graph,
                memory,
                statistics,
                statistics + 2 * groups,
                precision,
                Segment.cut(graph.operations(), maximumMatrixSize));
    }

    private static long groups(Operation operation) {
        return operation instanceof Operation.GroupNorm norm ? (long) norm.input().shape().batch() * norm.groups() : 0;
    }

    /** Place of a value in the arena, in floats. */
    int at(Value value) {
        return Math.toIntExact(memory.offsets().get(value) / 4);
    }

    int statisticsOffset() {
        return Math.toIntExact(statistics);
    }

    int arenaSize() {
        return Math.toIntExact(arenaFloats);
    }

    /** Bytes of the largest array. */
    long largest() {
        return arrays().max().orElse(0);
    }

    MemoryNeed need() {
        return new MemoryNeed(weights().sum(), activations().sum());
    }

    /** Bytes of all arrays. */
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
