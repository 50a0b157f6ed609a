package stablediffusion.tornado;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.LinkedHashMap;
import java.util.Map;
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
    private final Map<String, String> layers = new LinkedHashMap<>();

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
     * @param layer for messages and profiles
     * @param adding calls one of TaskGraph's {@code task} with the id that it is given
     */
    void task(String layer, WorkerGrid grid, BiFunction<TaskGraph, String, TaskGraph> adding) {
        String id = "t" + layers.size();
        layers.put(name + "." + id, layer);
        if (layers.size() > TASKS) {
            throw new IllegalStateException(
                    "block " + name + " has more than " + TASKS + " tasks at layer " + layer + ", too many for a task graph");
        }
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

    /** The layer that each task computes, by the task's full name. */
    Map<String, String> layers() {
        return layers;
    }
}
