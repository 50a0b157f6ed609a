package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Operation;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.List;
import java.util.Set;

/**
 * Adds the tasks of operations to a task graph, with the kernels of one class of devices.
 */
interface KernelSet {

    /** Returns the precision in which the kernels store activations: that of the arena. */
    Precision activations();

    /** Returns an addition to the engine's description, such as ", tuned"; often empty. */
    default String remark() {
        return "";
    }

    /**
     * Adds the task that copies an input into the arena.
     *
     * @param name name for messages
     * @param offset the input's offset in the arena
     */
    void load(TaskGraphBuilder builder, String name, FloatArray input, int offset);

    /**
     * Adds the task that copies the output out of the arena.
     *
     * @param name name for messages
     * @param offset the output's offset in the arena
     */
    void store(TaskGraphBuilder builder, String name, int offset, FloatArray output);

    /** Returns which operations the kernels compute merged. */
    Set<Fusion.Rule> rules();

    /** Returns what the tasks of an operation need of their task graph. */
    TaskRequirements requirements(Operation operation);

    /** Returns whether linear layers of one input become one task, see {@link stablediffusion.model.graph.SiblingLayers}. */
    boolean joinsSiblings();

    /** Returns what the task of linear layers of one input needs, where they become one. */
    TaskRequirements requirements(List<Operation.Linear> siblings);

    /** Adds the task of linear layers of one input, where they become one. */
    void add(TaskGraphBuilder builder, Offsets offsets, List<Operation.Linear> siblings);

    /**
     * Adds the tasks of an operation. Operations that are equal but for their tensors get the same kernels, scalars and grids, because they share
     * code.
     */
    void add(TaskGraphBuilder builder, Offsets offsets, Operation operation);
}
