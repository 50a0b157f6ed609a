package stablediffusion.tornado;

import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Epilogue;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.Weights;
import stablediffusion.tornado.kernels.ActivationFunctions;
import stablediffusion.tornado.kernels.ConvolutionParameters;
import stablediffusion.tornado.kernels.Elementwise;
import stablediffusion.tornado.kernels.Embeddings;
import stablediffusion.tornado.kernels.Normalization;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
    private final FloatArray arena;
    private final FloatArray output;
    private final Map<String, Operation> operations = new LinkedHashMap<>();

    private Lowering(Graph graph, Footprint footprint, KernelSet kernels) {
        this.graph = graph;
        this.footprint = footprint;
        this.kernels = kernels;
        this.arena = new FloatArray(footprint.arenaSize());
        this.output = new FloatArray(graph.output().shape().size());
        graph.inputs().forEach(input -> inputs.put(input, new FloatArray(input.shape().size())));
    }

    /** @param footprint footprint of the same graph */
    static Chain lower(Graph graph, Footprint footprint, Weights weights, KernelSet kernels) {
        return new Lowering(graph, footprint, kernels).lower(weights);
    }

    private Chain lower(Weights weights) {
        List<ImmutableTaskGraph> graphs = new ArrayList<>();
        List<GraphSegment> segments = footprint.segments();
        String previous = "";
        for (int i = 0; i < segments.size(); i++) {
            GraphSegment segment = segments.get(i);
            TaskGraphBuilder builder = new TaskGraphBuilder(
                    graph.name().replace(' ', '-') + i,
                    grids,
                    arena,
                    Matrices.allocate(footprint.precision(), Math.max(1, segment.matrixSize())),
                    new FloatArray(Math.max(1, segment.vectorSize())));
            fill(builder, segment, weights);
            receive(builder, segment, previous);
            if (i == 0) {
                inputs.forEach((value, array) -> load(builder, value, array));
            }
            for (Operation operation : segment.operations()) {
                builder.begin(operation);
                new Tasks(builder, segment).add(operation);
            }
            builder.end();
            if (i == segments.size() - 1) {
                store(builder);
                builder.graph().transferToHost(DataTransferMode.EVERY_EXECUTION, output);
            } else {
                builder.graph().persistOnDevice(arena);
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
            tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, arena);
            tasks.transferToDevice(DataTransferMode.EVERY_EXECUTION, inputs.values().toArray());
        } else {
            tasks.consumeFromDevice(previous, arena);
        }
        if (segment.readsMatrices()) {
            tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, builder.matrices().array());
        }
        if (segment.readsVectors()) {
            tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, builder.vectors());
        }
    }

    private void load(TaskGraphBuilder builder, Value value, FloatArray array) {
        int size = value.shape().size();
        builder.elements(value.name(), size, kernels.lanes(), offsets(value),
                (tasks, id, offsets) -> tasks.task(id, Elementwise::load, builder.context(), array, arena, offsets, size));
    }

    private void store(TaskGraphBuilder builder) {
        int size = graph.output().shape().size();
        builder.elements(graph.output().name(), size, kernels.lanes(), offsets(graph.output()),
                (tasks, id, offsets) -> tasks.task(id, Elementwise::store, builder.context(), arena, output, offsets, size));
    }

    private int[] offsets(Value... values) {
        return Arrays.stream(values).mapToInt(footprint::offset).toArray();
    }

    /** Adds the tasks of operations to a builder. */
    private final class Tasks {
        private final TaskGraphBuilder builder;
        private final GraphSegment segment;

        Tasks(TaskGraphBuilder builder, GraphSegment segment) {
            this.builder = builder;
            this.segment = segment;
        }

        void add(Operation operation) {
            switch (operation) {
                case Operation.Convolution convolution -> add(convolution);
                case Operation.Linear linear -> add(linear);
                case Operation.GatedLinear gated ->
                        throw new IllegalStateException(gated.output().name() + ": this engine does not fuse GEGLU");
                case Operation.GroupNorm norm -> add(norm);
                case Operation.LayerNorm norm -> add(norm);
                case Operation.Attention attention -> add(attention);
                case Operation.Geglu geglu -> add(geglu);
                case Operation.Activate activate -> add(activate);
                case Operation.Add sum -> add(sum);
                case Operation.AddBatchBias sum -> add(sum);
                case Operation.Concat concat -> add(concat);
                case Operation.Upsample upsample -> add(upsample);
                case Operation.TimestepEmbedding embedding -> add(embedding);
                case Operation.TokenEmbedding embedding -> add(embedding);
            }
        }

        private void add(Operation.Convolution convolution) {
            Shape in = convolution.input().shape();
            Shape out = convolution.output().shape();
            int parameters = ConvolutionParameters.of(
                    convolution.kernel(),
                    convolution.stride(),
                    convolution.padding().before(),
                    convolution.upsample() ? 1 : 0,
                    code(convolution.epilogue().activation()),
                    terms(true, convolution.epilogue()));
            kernels.product(builder, convolution.output().name(), product(
                    convolution.input(), convolution.weight(), Optional.of(convolution.bias()), convolution.epilogue(),
                    convolution.output(),
                    in, out, parameters));
        }

        private void add(Operation.Linear linear) {
            Shape in = linear.input().shape();
            Shape out = linear.output().shape();
            int parameters = ConvolutionParameters.of(
                    1, 1, 0, 0, code(linear.epilogue().activation()), terms(linear.bias().isPresent(), linear.epilogue()));
            kernels.product(builder, linear.output().name(), product(
                    linear.input(), linear.weight(), linear.bias(), linear.epilogue(), linear.output(), in, out, parameters));
        }

        private ProductArguments product(
                Value input, Weight weight, Optional<Weight> bias, Epilogue epilogue, Value output, Shape in, Shape out, int parameters) {
            return new ProductArguments(
                    footprint.offset(input),
                    segment.offset(weight),
                    bias.map(segment::offset).orElse(-1),
                    epilogue.batchBias().map(footprint::offset).orElse(-1),
                    epilogue.residual().map(footprint::offset).orElse(-1),
                    footprint.offset(output),
                    out.batch(),
                    in.height(),
                    in.width(),
                    in.channels(),
                    out.height(),
                    out.width(),
                    out.channels(),
                    parameters);
        }

        private void add(Operation.GroupNorm norm) {
            Shape shape = norm.input().shape();
            int lanes = kernels.lanes();
            String layer = norm.output().name();
            int[] sums = {footprint.offset(norm.input()), footprint.statisticsOffset()};
            builder.groups(layer + " (statistics)", shape.batch() * norm.groups(), lanes, sums, (tasks, id, offsets) -> tasks.task(
                    id,
                    Normalization::groupStatistics,
                    builder.context(),
                    arena,
                    offsets,
                    shape.positions(),
                    shape.channels(),
                    norm.groups(),
                    norm.epsilon(),
                    lanes));
            int[] scales = {
                footprint.offset(norm.input()),
                segment.offset(norm.weight()),
                segment.offset(norm.bias()),
                footprint.statisticsOffset(),
                footprint.offset(norm.output())
            };
            builder.elements(layer, shape.size(), lanes, scales, (tasks, id, offsets) -> tasks.task(
                    id,
                    Normalization::groupScale,
                    builder.context(),
                    arena,
                    builder.vectors(),
                    offsets,
                    shape.positions(),
                    shape.channels(),
                    norm.groups(),
                    code(norm.activation()),
                    shape.size()));
        }

        private void add(Operation.LayerNorm norm) {
            Shape shape = norm.input().shape();
            int lanes = kernels.lanes();
            int[] tensors = {
                footprint.offset(norm.input()), segment.offset(norm.weight()), segment.offset(norm.bias()), footprint.offset(norm.output())
            };
            builder.groups(norm.output().name(), shape.rows(), lanes, tensors, (tasks, id, offsets) -> tasks.task(
                    id,
                    Normalization::layer,
                    builder.context(),
                    arena,
                    builder.vectors(),
                    offsets,
                    shape.channels(),
                    norm.epsilon(),
                    lanes));
        }

        private void add(Operation.Attention attention) {
            kernels.attention(builder, attention.output().name(), new AttentionArguments(
                    footprint.offset(attention.query()),
                    footprint.offset(attention.key()),
                    footprint.offset(attention.value()),
                    footprint.offset(attention.output()),
                    attention.query().shape().batch(),
                    attention.query().shape().positions(),
                    attention.key().shape().positions(),
                    attention.heads(),
                    attention.headChannels(),
                    attention.causal()));
        }

        private void add(Operation.Geglu geglu) {
            elements(geglu, offsets(geglu.input(), geglu.output()), (tasks, id, offsets, size) -> tasks.task(
                    id,
                    Elementwise::geglu,
                    builder.context(),
                    arena,
                    offsets,
                    geglu.output().shape().channels(),
                    size));
        }

        private void add(Operation.Activate activate) {
            elements(activate, offsets(activate.input(), activate.output()), (tasks, id, offsets, size) -> tasks.task(
                    id,
                    Elementwise::activate,
                    builder.context(),
                    arena,
                    offsets,
                    code(activate.activation()),
                    size));
        }

        private void add(Operation.Add sum) {
            elements(sum, offsets(sum.left(), sum.right(), sum.output()), (tasks, id, offsets, size) -> tasks.task(
                    id,
                    Elementwise::sum,
                    builder.context(),
                    arena,
                    offsets,
                    size));
        }

        private void add(Operation.AddBatchBias sum) {
            Shape shape = sum.output().shape();
            elements(sum, offsets(sum.input(), sum.batchBias(), sum.output()), (tasks, id, offsets, size) -> tasks.task(
                    id,
                    Elementwise::sumBatchBias,
                    builder.context(),
                    arena,
                    offsets,
                    shape.positions(),
                    shape.channels(),
                    size));
        }

        private void add(Operation.Concat concat) {
            elements(concat, offsets(concat.left(), concat.right(), concat.output()), (tasks, id, offsets, size) -> tasks.task(
                    id,
                    Elementwise::concatenate,
                    builder.context(),
                    arena,
                    offsets,
                    concat.left().shape().channels(),
                    concat.right().shape().channels(),
                    size));
        }

        private void add(Operation.Upsample upsample) {
            Shape in = upsample.input().shape();
            Shape out = upsample.output().shape();
            elements(upsample, offsets(upsample.input(), upsample.output()), (tasks, id, offsets, size) -> tasks.task(
                    id,
                    Elementwise::enlarge,
                    builder.context(),
                    arena,
                    offsets,
                    in.height(),
                    in.width(),
                    out.height(),
                    out.width(),
                    out.channels(),
                    size));
        }

        private void add(Operation.TimestepEmbedding embedding) {
            int[] tensors = {
                footprint.offset(embedding.timesteps()), segment.offset(Frequencies.weight(embedding)), footprint.offset(embedding.output())
            };
            elements(embedding, tensors, (tasks, id, offsets, size) -> tasks.task(
                    id,
                    Embeddings::timestep,
                    builder.context(),
                    arena,
                    builder.vectors(),
                    offsets,
                    embedding.output().shape().channels(),
                    size));
        }

        private void add(Operation.TokenEmbedding embedding) {
            Shape out = embedding.output().shape();
            int[] tensors = {
                footprint.offset(embedding.ids()),
                segment.offset(embedding.tokens()),
                segment.offset(embedding.positions()),
                footprint.offset(embedding.output())
            };
            elements(embedding, tensors, (tasks, id, offsets, size) -> switch (builder.matrices()) {
                case Matrices.Fp32 fp32 -> tasks.task(
                        id, Embeddings::token, builder.context(), arena, fp32.array(), offsets,
                        out.positions(), out.channels(), size);
                case Matrices.Fp16 fp16 -> tasks.task(
                        id, Embeddings::tokenFp16, builder.context(), arena, fp16.array(), offsets,
                        out.positions(), out.channels(), size);
            });
        }

        private interface Adding {
            TaskGraph add(TaskGraph tasks, String id, IntArray offsets, int size);
        }

        private void elements(Operation operation, int[] tensors, Adding adding) {
            Value value = operation.output();
            int size = value.shape().size();
            builder.elements(value.name(), size, kernels.lanes(), tensors, (tasks, id, offsets) -> adding.add(tasks, id, offsets, size));
        }
    }

    private static int terms(boolean bias, Epilogue epilogue) {
        return (bias ? ConvolutionParameters.BIAS : 0)
                + (epilogue.batchBias().isPresent() ? ConvolutionParameters.BATCH_BIAS : 0)
                + (epilogue.residual().isPresent() ? ConvolutionParameters.RESIDUAL : 0);
    }

    private static int code(Activation activation) {
        return switch (activation) {
            case NONE -> ActivationFunctions.NONE;
            case SILU -> ActivationFunctions.SILU;
            case QUICK_GELU -> ActivationFunctions.QUICK_GELU;
            case GELU -> ActivationFunctions.GELU;
        };
    }
}
