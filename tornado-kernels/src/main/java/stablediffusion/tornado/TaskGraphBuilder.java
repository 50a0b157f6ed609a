package stablediffusion.tornado;

import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Builds the TaskGraph of one segment of a network.
 */
final class TaskGraphBuilder {
    /**
     * Largest number of tasks. TornadoVM stores the description of a task graph in 8192 bytes; a task takes 15 bytes and 5 for each
     * argument, and ours have 17 arguments at most.
     */
    static final int TASKS = 8192 / (15 + 5 * 17);

    /** Calls one of TaskGraph's many {@code task} methods. */
    interface Adding {
        TaskGraph add(TaskGraph graph, String id, IntArray offsets);
    }

    /**
     * Holds what the task graphs of a plan have in common.
     *
     * @param name name of each of the task graphs: one for all, so that they share code, see {@link TaskNames}
     * @param statistics what operations keep between their tasks
     * @param context the kernels' first argument: one for all, because the PTX backend distinguishes code by it
     */
    record Shared(String name, TaskNames names, Grids grids, Activations arena, FloatArray statistics, KernelContext context) {}

    private final Shared shared;
    private final TaskGraph graph;
    private final Matrices matrices;
    private final FloatArray vectors;
    private final Map<Value, FloatArray> inputs;
    private final FloatArray noFp32 = new FloatArray(1);
    private final HalfFloatArray noFp16 = new HalfFloatArray(1);
    private final Map<String, List<Operation>> operations = new LinkedHashMap<>();
    private final TaskNames.OfGraph names;
    private List<Operation> together = List.of();
    private Object signature = "";
    private int tasksOfOperation;
    private boolean endsGraph;
    private int tasks;
    private boolean hasPlaceholder;

    /**
     * @param shared what the task graphs of a plan have in common
     * @param inputs arrays of the network's inputs that the task graph receives
     */
    TaskGraphBuilder(Shared shared, Matrices matrices, FloatArray vectors, Map<Value, FloatArray> inputs) {
        this.shared = shared;
        this.graph = new TaskGraph(shared.name());
        this.names = shared.names().new OfGraph();
        this.inputs = inputs;
        this.matrices = matrices;
        this.vectors = vectors;
    }

    /**
     * Adds a task and the grid that it runs on.
     *
     * @param layer name for messages
     * @param offsets element offsets of the task's tensors in their arrays
     * @param adding adds the task with the id and the array of offsets that it is given
     */
    void task(String layer, WorkerGrid grid, int[] offsets, Adding adding) {
        Object kernel = together.isEmpty() ? layer : List.of(signature, tasksOfOperation++);
        task(layer, kernel, grid, offsets, adding);
    }

    /**
     * Adds a task of an operation whose kernel takes its shapes from the offsets, so that operations of different shapes have the same code.
     *
     * @param kernel equals that of another task if, and only if, both have the same kernel, scalars and grid
     */
    void task(String layer, Object kernel, WorkerGrid grid, int[] offsets, Adding adding) {
        if (++tasks > TASKS) {
            throw new IllegalStateException(
                    "task graph " + name() + " has more than " + TASKS + " tasks at layer " + layer);
        }
        String id = names.next(endsGraph ? List.of(names, kernel) : kernel);
        String task = name() + "." + id;
        if (!together.isEmpty()) {
            operations.put(task, together);
        }
        IntArray onDevice = IntArray.fromArray(offsets);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, onDevice);
        adding.add(graph, id, onDevice);
        shared.grids().add(task, grid);
    }

    /** Adds a task with at least one work-item for each of {@code size} elements, in work-groups of {@code lanes}. */
    void elements(String layer, int size, int lanes, int[] offsets, Adding adding) {
        groups(layer, Math.ceilDiv(size, lanes), lanes, offsets, adding);
    }

    /** Adds a task with {@code groups} work-groups of {@code lanes} work-items. */
    void groups(String layer, int groups, int lanes, int[] offsets, Adding adding) {
        task(layer, grid(groups, lanes), offsets, adding);
    }

    /**
     * Adds a task with {@code groups} work-groups of {@code lanes} work-items, whose kernel takes its shapes from the offsets.
     *
     * @param kernel see {@link #task(String, Object, WorkerGrid, int[], Adding)}
     */
    void groups(String layer, Object kernel, int groups, int lanes, int[] offsets, Adding adding) {
        task(layer, kernel, grid(groups, lanes), offsets, adding);
    }

    private static WorkerGrid grid(int groups, int lanes) {
        WorkerGrid grid = new WorkerGrid1D(groups * lanes);
        grid.setLocalWork(lanes, 1, 1);
        return grid;
    }

    String name() {
        return shared.name();
    }

    TaskGraph graph() {
        return graph;
    }

    /** Returns the number of tasks so far. */
    int tasks() {
        return tasks;
    }

    /** Ends the operation: the following tasks belong to none. */
    void end() {
        together = List.of();
        endsGraph = false;
    }

    KernelContext context() {
        return shared.context();
    }

    /** Returns the arena for kernels that store activations in 32 bits. */
    FloatArray fp32Arena() {
        return ((Activations.Fp32) shared.arena()).array();
    }

    /** Returns the arena for kernels that store activations in fp16. */
    HalfFloatArray fp16Arena() {
        return ((Activations.Fp16) shared.arena()).array();
    }

    Matrices matrices() {
        return matrices;
    }

    FloatArray vectors() {
        return vectors;
    }

    /** Returns the array that keeps statistics between the tasks of an operation. */
    FloatArray statistics() {
        return shared.statistics();
    }

    /** Returns the matrices for kernels that read them in fp16 only. */
    HalfFloatArray fp16() {
        return ((Matrices.Fp16) matrices).array();
    }

    /** Returns the host's array of one of the network's inputs, which only the first task graph receives. */
    FloatArray input(Value input) {
        return Optional.ofNullable(inputs.get(input))
                .orElseThrow(() -> new IllegalStateException("task graph " + name() + " does not receive " + input.name()));
    }

    /** Returns the matrices for kernels that read them in 32 bits only. */
    FloatArray fp32() {
        return ((Matrices.Fp32) matrices).array();
    }

    /** Returns the matrices, or an array of one element if they are stored in fp16: for kernels that take both arrays. */
    FloatArray fp32OrNone() {
        return matrices instanceof Matrices.Fp32 fp32 ? fp32.array() : onDevice(noFp32);
    }

    /** Returns the matrices, or an array of one element if they are stored in 32 bits: for kernels that take both arrays. */
    HalfFloatArray fp16OrNone() {
        return matrices instanceof Matrices.Fp16 fp16 ? fp16.array() : onDevice(noFp16);
    }

    private <T> T onDevice(T placeholder) {
        if (!hasPlaceholder) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, placeholder);
            hasPlaceholder = true;
        }
        return placeholder;
    }

    /**
     * Begins an operation, or several that are computed together, to which the following tasks belong.
     *
     * @param last whether it ends the task graph: TornadoVM compiles the last task whatever it has, so its code is not shared
     */
    void begin(List<Operation> next, boolean last) {
        together = next;
        signature = KernelSignature.of(next);
        tasksOfOperation = 0;
        endsGraph = last;
    }

    /** Returns the operations of each task of this task graph, by the task's full name; without the tasks that copy inputs and output. */
    Map<String, List<Operation>> operations() {
        return operations;
    }
}
