package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Operation;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.Set;

/**
 * Adds the tasks of operations to a task graph, with the kernels of one class of devices.
 */
interface KernelSet {

    /** Returns the precision in which the kernels store activations: that of the arena. */
    Precision activations();

    /** Returns an addition to the engine's description, such as ", tuned"; often empty. */
    String remark();

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

    /** Adds the tasks of an operation. */
    void add(TaskGraphBuilder builder, Offsets offsets, Operation operation);
}
