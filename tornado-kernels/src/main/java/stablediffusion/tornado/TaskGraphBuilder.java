package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Builds the TaskGraph of one segment of a network.
 */
final class TaskGraphBuilder {
    /**
     * TornadoVM holds a task graph's description in 8192 bytes, of which a task takes 15 and 5 for each argument, of
     * which ours have 15 at most.
     */
    static final int TASKS = 8192 / (15 + 5 * 15);

    /** One of TaskGraph's many {@code task}. */
    interface Adding {
        TaskGraph add(TaskGraph graph, String id, IntArray offsets);
    }

    private final String name;
    private final TaskGraph graph;
    private final Grids grids;
    private final FloatArray arena;
    private final Matrices matrices;
    private final FloatArray vectors;
    private final KernelContext context = new KernelContext();
    private final Map<String, Operation> operations = new LinkedHashMap<>();
    private Optional<Operation> operation = Optional.empty();
    private int tasks;

    TaskGraphBuilder(String name, Grids grids, FloatArray arena, Matrices matrices, FloatArray vectors) {
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
     * @param offsets element offsets of the task's tensors in their arrays
     * @param adding calls one of TaskGraph's {@code task} with the id and the array of offsets that it is given
     */
    void task(String layer, WorkerGrid grid, int[] offsets, Adding adding) {
        String id = "t" + tasks++;
        if (tasks > TASKS) {
            throw new IllegalStateException(
                    "task graph " + name + " has more than " + TASKS + " tasks at layer " + layer);
        }
        operation.ifPresent(current -> operations.put(name + "." + id, current));
        IntArray onDevice = IntArray.fromArray(offsets);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, onDevice);
        adding.add(graph, id, onDevice);
        grids.add(name + "." + id, grid);
    }

    /** Adds a task with a work-item for each of so many elements. */
    void elements(String layer, int size, int lanes, int[] offsets, Adding adding) {
        groups(layer, Math.ceilDiv(size, lanes), lanes, offsets, adding);
    }

    /** Adds a task with so many work-groups of so many lanes. */
    void groups(String layer, int groups, int lanes, int[] offsets, Adding adding) {
        WorkerGrid grid = new WorkerGrid1D(groups * lanes);
        grid.setLocalWork(lanes, 1, 1);
        task(layer, grid, offsets, adding);
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

    /** Returns the matrices for kernels that read them in 32 bits only. */
    FloatArray fp32() {
        return ((Matrices.Fp32) matrices).array();
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
