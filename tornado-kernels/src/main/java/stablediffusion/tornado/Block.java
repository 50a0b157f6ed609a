package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * A stretch of a network as one TaskGraph, while it is built.
 */
final class Block {
    /**
     * TornadoVM holds a task graph's description in 8192 bytes, of which a task takes 15 and 5 for each of up to 20 arguments.
     */
    static final int TASKS = 8192 / (15 + 5 * 21) - 4;

    private final String name;
    private final TaskGraph graph;
    private final GridScheduler grids;
    private final FloatArray arena;
    private final Matrices matrices;
    private final FloatArray vectors;
    private final KernelContext context = new KernelContext();
    private final Map<String, Operation> operations = new LinkedHashMap<>();
    private Optional<Operation> operation = Optional.empty();
    private int tasks;

    Block(String name, GridScheduler grids, FloatArray arena, Matrices matrices, FloatArray vectors) {
        this.name = name;
        this.graph = new TaskGraph(name);
        this.grids = grids;
        this.arena = arena;
        this.matrices = matrices;
        this.vectors = vectors;
    }

    /**
     * Adds a task and the grid that it runs on.
     *
     * @param layer for messages
     * @param adding calls one of TaskGraph's {@code task} with the id that it is given
     */
    void task(String layer, WorkerGrid grid, BiFunction<TaskGraph, String, TaskGraph> adding) {
        String id = "t" + tasks++;
        if (tasks > TASKS) {
            throw new IllegalStateException(
                    "block " + name + " has more than " + TASKS + " tasks at layer " + layer + ", too many for a task graph");
        }
        operation.ifPresent(current -> operations.put(name + "." + id, current));
        adding.apply(graph, id);
        grids.addWorkerGrid(name + "." + id, grid);
    }

    /** Adds a task with a work-item for each of so many elements. */
    void elements(String layer, int size, int lanes, BiFunction<TaskGraph, String, TaskGraph> adding) {
        groups(layer, Math.ceilDiv(size, lanes), lanes, adding);
    }

    /** Adds a task with so many work-groups of so many lanes. */
    void groups(String layer, int groups, int lanes, BiFunction<TaskGraph, String, TaskGraph> adding) {
        WorkerGrid grid = new WorkerGrid1D(groups * lanes);
        grid.setLocalWork(lanes, 1, 1);
        task(layer, grid, adding);
    }

    String name() {
        return name;
    }

    TaskGraph graph() {
        return graph;
    }

    /** That no operation owns the tasks from here on. */
    void end() {
        operation = Optional.empty();
    }

    KernelContext context() {
        return context;
    }

    FloatArray arena() {
        return arena;
    }

    Matrices matrices() {
        return matrices;
    }

    FloatArray vectors() {
        return vectors;
    }

    /** The matrices, for kernels that read them in 32 bits. */
    FloatArray floats() {
        return ((Matrices.Floats) matrices).array();
    }

    /** Says to what the following tasks belong. */
    void begin(Operation next) {
        operation = Optional.of(next);
    }

    /** What each task belongs to, by the task's full name; without those that bring inputs or take the output. */
    Map<String, Operation> operations() {
        return operations;
    }
}
