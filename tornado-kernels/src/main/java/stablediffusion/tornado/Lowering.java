package stablediffusion.tornado;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;
import stablediffusion.model.weights.Weights;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
 * to the device once, inputs at every run.
 */
final class Lowering {

    /**
     * Holds the parts of an execution plan.
     *
     * @param inputs array of each input on the host
     * @param output array of the output on the host
     * @param operations operation of each task, by the task's full name
     */
    record Chain(
            List<ImmutableTaskGraph> graphs,
            Grids grids,
            Map<Value, FloatArray> inputs,
            FloatArray output,
            Map<String, Operation> operations) {}

    private final Graph graph;
    private final Footprint footprint;
    private final KernelSet kernels;
    private final Grids grids = new Grids();
    private final Map<Value, FloatArray> inputs = new LinkedHashMap<>();
    private final Activations arena;
    private final FloatArray statistics;
    private final FloatArray output;
    private final Map<String, Operation> operations = new LinkedHashMap<>();

    private Lowering(Graph graph, Footprint footprint, KernelSet kernels) {
        this.graph = graph;
        this.footprint = footprint;
        this.kernels = kernels;
        this.arena = Activations.allocate(footprint.activations(), footprint.arenaSize());
        this.statistics = new FloatArray(Math.max(1, footprint.statisticsSize()));
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
        String previous = "";
        for (int i = 0; i < segments.size(); i++) {
            GraphSegment segment = segments.get(i);
            String name = graph.name().replace(' ', '-') + i;
            Devices.choose(name, device);
            TaskGraphBuilder builder = new TaskGraphBuilder(
                    name,
                    grids,
                    arena,
                    Matrices.allocate(footprint.precision(), Math.max(1, segment.matrixSize())),
                    new FloatArray(Math.max(1, segment.vectorSize())),
                    statistics,
                    i == 0 ? inputs : Map.of());
            Offsets offsets = new Offsets(footprint, segment);
            fill(builder, segment, weights);
            receive(builder, segment, previous);
            if (i == 0) {
                inputs.forEach((value, array) -> kernels.load(builder, value.name(), array, offsets.of(value)));
            }
            for (Operation operation : segment.operations()) {
                builder.begin(operation);
                kernels.add(builder, offsets, operation);
            }
            builder.end();
            if (i == segments.size() - 1) {
                kernels.store(builder, graph.output().name(), offsets.of(graph.output()), output);
                builder.graph().transferToHost(DataTransferMode.EVERY_EXECUTION, output);
            } else {
                builder.graph().persistOnDevice(arena.array(), statistics);
            }
            previous = builder.name();
            operations.putAll(builder.operations());
            graphs.add(builder.graph().snapshot());
        }
        return new Chain(graphs, grids, inputs, output, operations);
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

    private void receive(TaskGraphBuilder builder, GraphSegment segment, String previous) {
        TaskGraph tasks = builder.graph();
        if (previous.isEmpty()) {
            tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, arena.array(), statistics);
            tasks.transferToDevice(DataTransferMode.EVERY_EXECUTION, inputs.values().toArray());
        } else {
            tasks.consumeFromDevice(previous, arena.array(), statistics);
        }
        if (segment.readsMatrices()) {
            tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, builder.matrices().array());
        }
        if (segment.readsVectors()) {
            tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, builder.vectors());
        }
    }
}
