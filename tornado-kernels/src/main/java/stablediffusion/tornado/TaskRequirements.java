package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Weight;

import java.util.List;

/**
 * Describes what the tasks of an operation need of their task graph. One switch over all operations, so that the compiler finds it when
 * one is added.
 *
 * @param tasks number of tasks
 * @param readsVectors true if a task takes the array of vectors, if only as an argument
 * @param statistics number of floats that are kept between the tasks or within one, outside of the arena
 * @param constants weights that are computed here instead of trained
 */
record TaskRequirements(int tasks, boolean readsVectors, int statistics, List<Weight> constants) {
    private static final TaskRequirements ARENA_ONLY = new TaskRequirements(1, false, 0, List.of());
    private static final TaskRequirements ARENA_AND_VECTORS = new TaskRequirements(1, true, 0, List.of());

    static TaskRequirements of(Operation operation) {
        return switch (operation) {
            // @formatter:off
            case Operation.Convolution _, Operation.Linear _, Operation.GatedLinear _, Operation.LayerNorm _ -> ARENA_AND_VECTORS;
            // @formatter:on
            case Operation.GroupNorm norm -> new TaskRequirements(2, true, 2 * norm.input().shape().batch() * norm.groups(), List.of());
            case Operation.TimestepEmbedding embedding -> new TaskRequirements(1, true, 0, List.of(Frequencies.weight(embedding)));
            // @formatter:off
            case Operation.TokenEmbedding _,
                    Operation.Attention _,
                    Operation.Geglu _,
                    Operation.Activate _,
                    Operation.Add _,
                    Operation.AddBatchBias _,
                    Operation.Concat _,
                    Operation.Upsample _ -> ARENA_ONLY;
            // @formatter:on
        };
    }

    /** Returns the same with another number of tasks. */
    TaskRequirements withTasks(int others) {
        return new TaskRequirements(others, readsVectors, statistics, constants);
    }

    /** Returns the same with another number of floats that are kept between the tasks, or within one. */
    TaskRequirements withStatistics(int others) {
        return new TaskRequirements(tasks, readsVectors, others, constants);
    }
}
