package stablediffusion.model.graph;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Holds the offset of each value of a graph in one arena. A value takes memory from the operation that writes it to the last one that
 * reads it; inputs from the start, the output to the end. Values whose lifetimes do not overlap share memory.
 *
 * <p>Greedy by size, best fit (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020): the largest
 * values first, each into the smallest gap that holds it.
 *
 * @param offsets in bytes, multiples of {@link #ALIGNMENT}
 * @param size size of the arena, in bytes
 */
public record MemoryPlan(Map<Value, Long> offsets, long size) {
    /** A cache line, and the widest vector of today's processors. */
    public static final int ALIGNMENT = 64;

    public MemoryPlan {
        offsets = Map.copyOf(offsets);
    }

    /** Holds a value's lifetime, from the index of the operation that writes it to that of its last reader, both included. */
    private record Life(Value value, long bytes, int first, int last) {
        boolean meets(Life other) {
            return first <= other.last && other.first <= last;
        }
    }

    /**
     * Plans the memory of a graph.
     *
     * @param bytes returns how many bytes a value takes at the precision that it is stored in
     */
    public static MemoryPlan of(Graph graph, ToLongFunction<Value> bytes) {
        List<Life> lives = lives(graph, bytes);
        lives.sort(Comparator.comparingLong(Life::bytes).reversed().thenComparingInt(Life::first));
        Map<Value, Long> offsets = new HashMap<>();
        List<Life> placed = new ArrayList<>();
        long size = 0;
        for (Life life : lives) {
            List<Life> neighbours = placed.stream()
                    .filter(life::meets)
                    .sorted(Comparator.comparing(other -> offsets.get(other.value)))
                    .toList();
            long offset = bestGap(life, neighbours, offsets);
            offsets.put(life.value, offset);
            placed.add(life);
            size = Math.max(size, offset + life.bytes);
        }
        return new MemoryPlan(offsets, size);
    }

    private static long bestGap(Life life, List<Life> neighbours, Map<Value, Long> offsets) {
        long best = -1;
        long bestWaste = Long.MAX_VALUE;
        long end = 0;
        for (Life neighbour : neighbours) {
            long waste = offsets.get(neighbour.value) - end - life.bytes;
            if (waste >= 0 && waste < bestWaste) {
                best = end;
                bestWaste = waste;
            }
            end = Math.max(end, offsets.get(neighbour.value) + neighbour.bytes);
        }
        return best >= 0 ? best : end;
    }

    private static List<Life> lives(Graph graph, ToLongFunction<Value> bytes) {
        Map<Value, Integer> first = new HashMap<>();
        Map<Value, Integer> last = new HashMap<>();
        graph.inputs().forEach(input -> {
            first.put(input, -1);
            last.put(input, -1);
        });
        List<Operation> operations = graph.operations();
        for (int i = 0; i < operations.size(); i++) {
            int now = i;
            first.put(operations.get(i).output(), now);
            last.put(operations.get(i).output(), now);
            operations.get(i).inputs().forEach(value -> last.put(value, now));
        }
        last.put(graph.output(), operations.size());
        List<Life> lives = new ArrayList<>();
        first.forEach((value, start) -> lives.add(new Life(value, aligned(bytes.applyAsLong(value)), start, last.get(value))));
        return lives;
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, (long) ALIGNMENT) * ALIGNMENT;
    }
}
