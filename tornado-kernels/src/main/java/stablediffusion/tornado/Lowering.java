package stablediffusion.tornado;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;
import stablediffusion.model.weights.Weights;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Lowers a graph to a chain of task graphs.
 *
 * <pre>
 * inputs ──▶ task graph 0 ──arena──▶ task graph 1 ──arena──▶ … ──▶ task graph n ──▶ output
 *                 ▲                       ▲                             ▲
 *            its weights             its weights                   its weights
 * </pre>
 *
 * All activations lie in one array, the arena, which stays on the device and is handed from each task graph to the next. Weights are copied
 * to the device once, inputs at every run. The task graphs have one name, so that they share code, see {@link TaskNames}.
 */
final class Lowering {

    /**
     * Holds the parts of an execution plan.
     *
     * @param inputs array of each input on the host
     * @param output array of the output on the host
     * @param tasks number of tasks of all graphs
     * @param operations for each graph, operations of each task, by the task's full name
     */
    record Chain(
            List<ImmutableTaskGraph> graphs,
            Grids grids,
            Map<Value, FloatArray> inputs,
            FloatArray output,
            int tasks,
            List<Map<String, List<Operation>>> operations) {

        /** Returns an operation of each task, by the task's full name; tasks that share code have the name of one of them. */
        Map<String, Operation> operationsByTask() {
            Map<String, Operation> first = new LinkedHashMap<>();
            operations.forEach(tasks -> tasks.forEach((task, together) -> first.putIfAbsent(task, together.getFirst())));
            return first;
        }
    }

    private final Graph graph;
    private final Footprint footprint;
    private final KernelSet kernels;
    private final Map<Value, FloatArray> inputs = new LinkedHashMap<>();
    private final Activations arena;
    private final TaskGraphBuilder.Shared shared;
    /** Arrays that a task graph has on the device. */
    private final Set<Object> owned = Collections.newSetFromMap(new IdentityHashMap<>());
    private final FloatArray output;

    private Lowering(Graph graph, Footprint footprint, KernelSet kernels) {
        this.graph = graph;
        this.footprint = footprint;
        this.kernels = kernels;
        this.arena = Activations.allocate(footprint.activations(), footprint.arenaSize());
        FloatArray statistics = new FloatArray(Math.max(1, footprint.statisticsSize()));
        this.shared = new TaskGraphBuilder.Shared(
                graph.name().replace(' ', '-'), new TaskNames(), new Grids(), arena, statistics, new KernelContext());
        this.output = new FloatArray(graph.output().shape().size());
        graph.inputs().forEach(input -> inputs.put(input, new FloatArray(input.shape().size())));
    }

    /**
     * @param footprint footprint of the same graph
     * @param device the device's number in TornadoVM, backend:device
     */
    static Chain lower(Graph graph, Footprint footprint, Weights weights, KernelSet kernels, String device) {
        return new Lowering(graph, footprint, kernels).lower(weights, device);
    }

    private Chain lower(Weights weights, String device) {
        List<ImmutableTaskGraph> graphs = new ArrayList<>();
        List<GraphSegment> segments = footprint.segments();
        Devices.choose(shared.name(), device);
        List<Map<String, List<Operation>>> operations = new ArrayList<>();
        int tasks = 0;
        for (int i = 0; i < segments.size(); i++) {
            GraphSegment segment = segments.get(i);
            TaskGraphBuilder builder = new TaskGraphBuilder(
                    shared,
                    Matrices.allocate(footprint.precision(), Math.max(1, segment.matrixSize())),
                    new FloatArray(Math.max(1, segment.vectorSize())),
                    i == 0 ? inputs : Map.of());
            Offsets offsets = new Offsets(footprint, segment);
            fill(builder, segment, weights);
            receive(builder, segment, i == 0);
            if (i == 0) {
                inputs.forEach((value, array) -> kernels.load(builder, value.name(), array, offsets.of(value)));
            }
            boolean last = i == segments.size() - 1;
            for (List<Operation> together : segment.operations()) {
                builder.begin(together, !last && together.equals(segment.operations().getLast()));
                if (together.size() == 1) {
                    kernels.add(builder, offsets, together.getFirst());
                } else {
                    kernels.add(builder, offsets, GraphSegment.linear(together));
                }
            }
            builder.end();
            if (last) {
                kernels.store(builder, graph.output().name(), offsets.of(graph.output()), output);
                builder.graph().transferToHost(DataTransferMode.EVERY_EXECUTION, output);
            }
            operations.add(builder.operations());
            tasks += builder.tasks();
            graphs.add(builder.graph().snapshot());
        }
        return new Chain(graphs, shared.grids(), inputs, output, tasks, operations);
    }

    private static void fill(TaskGraphBuilder builder, GraphSegment segment, Weights weights) {
        segment.matrices().forEach((weight, offset) -> {
            try (Arena memory = Arena.ofConfined()) {
                builder.matrices().put(offset, weights.read(weight, memory));
            }
        });
        segment.vectors().forEach((weight, offset) -> {
            try (Arena memory = Arena.ofConfined()) {
                float[] values = Frequencies.are(weight)
                        ? Frequencies.values(weight.size())
                        : weights.read(weight, memory).toFloats();
                MemorySegment.copy(values, 0, builder.vectors().getSegment(), ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * offset, values.length);
            }
        });
    }

    private void receive(TaskGraphBuilder builder, GraphSegment segment, boolean first) {
        TaskGraph tasks = builder.graph();
        if (first) {
            tasks.transferToDevice(DataTransferMode.EVERY_EXECUTION, inputs.values().toArray());
        }
        handOn(tasks, arena.array(), true);
        handOn(tasks, shared.statistics(), segment.statisticsSize() > 0);
        if (segment.readsMatrices()) {
            tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, builder.matrices().array());
        }
        if (segment.readsVectors()) {
            tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, builder.vectors());
        }
    }

    /**
     * Hands an array on from task graph to task graph. The first one that uses it owns it: TornadoVM frees an array once for each task graph
     * that persists it.
     */
    private void handOn(TaskGraph tasks, Object array, boolean used) {
        if (owned.contains(array)) {
            tasks.consumeFromDevice(shared.name(), array);
        } else if (used) {
            tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, array);
            tasks.persistOnDevice(array);
            owned.add(array);
        }
    }
}
