package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.tornado.kernels.Elementwise;
import stablediffusion.tornado.kernels.Embeddings;
import stablediffusion.tornado.kernels.Normalization;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Adds kernels that store activations in 32 bits. Those of products, attention and group normalization differ between CPUs
 * and GPUs.
 */
abstract class FloatKernels implements KernelSet {
    static final Set<Fusion.Rule> RULES = EnumSet.of(
            Fusion.Rule.BATCH_BIAS,
            Fusion.Rule.ACTIVATION,
            Fusion.Rule.GROUP_NORM_SILU,
            Fusion.Rule.RESIDUAL,
            Fusion.Rule.UPSAMPLE);

    /** Work-items of a row of layer normalization: of more, each would have few elements, and all add up each other's sums. */
    private static final int ROW_LANES = 32;

    /** Returns the work-group size of the kernels that take any size. */
    abstract int lanes();

    /** @param layer name for messages */
    abstract void product(TaskGraphBuilder builder, String layer, ProductArguments product);

    /** @param layer name for messages */
    abstract void attention(TaskGraphBuilder builder, String layer, AttentionArguments attention);

    abstract void groupNorm(TaskGraphBuilder builder, Offsets offsets, Operation.GroupNorm norm);

    @Override
    public final Precision activations() {
        return Precision.F32;
    }

    @Override
    public final void load(TaskGraphBuilder builder, String name, FloatArray input, int offset) {
        int size = input.getSize();
        builder.elements(name, size, lanes(), new int[] {offset},
                (tasks, id, offsets) -> tasks.task(id, Elementwise::load, builder.context(), input, builder.fp32Arena(), offsets, size));
    }

    @Override
    public final void store(TaskGraphBuilder builder, String name, int offset, FloatArray output) {
        int size = output.getSize();
        builder.elements(name, size, lanes(), new int[] {offset},
                (tasks, id, offsets) -> tasks.task(id, Elementwise::store, builder.context(), builder.fp32Arena(), output, offsets, size));
    }

    @Override
    public Set<Fusion.Rule> rules() {
        return RULES;
    }

    @Override
    public TaskRequirements requirements(Operation operation) {
        return TaskRequirements.of(operation);
    }

    @Override
    public final boolean joinsSiblings() {
        return false;
    }

    @Override
    public final TaskRequirements requirements(List<Operation.Linear> siblings) {
        throw new UnsupportedOperationException("each linear layer is a task");
    }

    @Override
    public final void add(TaskGraphBuilder builder, Offsets offsets, List<Operation.Linear> siblings) {
        throw new UnsupportedOperationException("each linear layer is a task");
    }

    @Override
    public final void add(TaskGraphBuilder builder, Offsets offsets, Operation operation) {
        String name = operation.output().name();
        switch (operation) {
            case Operation.Convolution convolution -> product(builder, name, ProductArguments.of(offsets, convolution));
            case Operation.Linear linear -> product(builder, name, ProductArguments.of(offsets, linear));
            case Operation.GatedLinear gated -> product(builder, name, ProductArguments.of(offsets, gated));
            case Operation.GroupNorm norm -> groupNorm(builder, offsets, norm);
            case Operation.LayerNorm norm -> add(builder, offsets, norm);
            case Operation.Attention attention -> attention(builder, name, AttentionArguments.of(offsets, attention));
            case Operation.Geglu geglu -> add(builder, offsets, geglu);
            case Operation.Activate activate -> add(builder, offsets, activate);
            case Operation.Add sum -> add(builder, offsets, sum);
            case Operation.AddBatchBias sum -> add(builder, offsets, sum);
            case Operation.Concat concat -> add(builder, offsets, concat);
            case Operation.Upsample upsample -> add(builder, offsets, upsample);
            case Operation.TimestepEmbedding embedding -> add(builder, offsets, embedding);
            case Operation.TokenEmbedding embedding -> add(builder, offsets, embedding);
        }
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.LayerNorm norm) {
        Shape shape = norm.input().shape();
        int[] tensors = {
            at.of(norm.input()), at.of(norm.weight()), at.of(norm.bias()), at.of(norm.output())
        };
        builder.groups(norm.output().name(), shape.rows(), ROW_LANES, tensors, (tasks, id, offsets) -> tasks.task(
                id,
                Normalization::layer,
                builder.context(),
                builder.fp32Arena(),
                builder.vectors(),
                offsets,
                shape.channels(),
                norm.epsilon(),
                ROW_LANES));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.Geglu geglu) {
        elements(builder, geglu, at.of(geglu.input(), geglu.output()), (tasks, id, offsets, size) -> tasks.task(
                id,
                Elementwise::geglu,
                builder.context(),
                builder.fp32Arena(),
                offsets,
                geglu.output().shape().channels(),
                size));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.Activate activate) {
        elements(builder, activate, at.of(activate.input(), activate.output()), (tasks, id, offsets, size) -> tasks.task(
                id,
                Elementwise::activate,
                builder.context(),
                builder.fp32Arena(),
                offsets,
                ProductArguments.code(activate.activation()),
                size));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.Add sum) {
        elements(builder, sum, at.of(sum.left(), sum.right(), sum.output()), (tasks, id, offsets, size) -> tasks.task(
                id,
                Elementwise::sum,
                builder.context(),
                builder.fp32Arena(),
                offsets,
                size));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.AddBatchBias sum) {
        Shape shape = sum.output().shape();
        elements(builder, sum, at.of(sum.input(), sum.batchBias(), sum.output()), (tasks, id, offsets, size) -> tasks.task(
                id,
                Elementwise::sumBatchBias,
                builder.context(),
                builder.fp32Arena(),
                offsets,
                shape.positions(),
                shape.channels(),
                size));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.Concat concat) {
        elements(builder, concat, at.of(concat.left(), concat.right(), concat.output()), (tasks, id, offsets, size) -> tasks.task(
                id,
                Elementwise::concatenate,
                builder.context(),
                builder.fp32Arena(),
                offsets,
                concat.left().shape().channels(),
                concat.right().shape().channels(),
                size));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.Upsample upsample) {
        Shape in = upsample.input().shape();
        Shape out = upsample.output().shape();
        elements(builder, upsample, at.of(upsample.input(), upsample.output()), (tasks, id, offsets, size) -> tasks.task(
                id,
                Elementwise::enlarge,
                builder.context(),
                builder.fp32Arena(),
                offsets,
                in.height(),
                in.width(),
                out.height(),
                out.width(),
                out.channels(),
                size));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.TimestepEmbedding embedding) {
        int[] tensors = {
            at.of(embedding.timesteps()), at.of(Frequencies.weight(embedding)), at.of(embedding.output())
        };
        elements(builder, embedding, tensors, (tasks, id, offsets, size) -> tasks.task(
                id,
                Embeddings::timestep,
                builder.context(),
                builder.fp32Arena(),
                builder.vectors(),
                offsets,
                embedding.output().shape().channels(),
                size));
    }

    private void add(TaskGraphBuilder builder, Offsets at, Operation.TokenEmbedding embedding) {
        Shape out = embedding.output().shape();
        int[] tensors = {
            at.of(embedding.ids()),
            at.of(embedding.tokens()),
            at.of(embedding.positions()),
            at.of(embedding.output())
        };
        elements(builder, embedding, tensors, (tasks, id, offsets, size) -> switch (builder.matrices()) {
            case Matrices.Fp32 fp32 -> tasks.task(
                    id, Embeddings::token, builder.context(), builder.fp32Arena(), fp32.array(), offsets,
                    out.positions(), out.channels(), size);
            case Matrices.Fp16 fp16 -> tasks.task(
                    id, Embeddings::tokenFp16, builder.context(), builder.fp32Arena(), fp16.array(), offsets,
                    out.positions(), out.channels(), size);
        });
    }

    private interface Adding {
        TaskGraph add(TaskGraph tasks, String id, IntArray offsets, int size);
    }

    private void elements(TaskGraphBuilder builder, Operation operation, int[] tensors, Adding adding) {
        Value value = operation.output();
        int size = value.shape().size();
        builder.elements(value.name(), size, lanes(), tensors, (tasks, id, offsets) -> adding.add(tasks, id, offsets, size));
    }
}
