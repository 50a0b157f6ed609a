package stablediffusion.cpu;

import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.util.ArrayList;
import java.util.List;

/** Compiles operations that map single elements and that fusion did not merge into others. */
final class Elementwise {
    private final CompilationContext context;

    Elementwise(CompilationContext context) {
        this.context = context;
    }

    /** Adds zero and activates the sum, because oneDNN's copy has no activations. */
    Step compile(Operation.Activate activate) {
        memory zero = context.oneDnn().allocate(OneDnn.dense(OneDnn.F32, 1, 1));
        OneDnn.segment(zero).fill((byte) 0);
        return add(
                context.activations().rows(activate.input()),
                zero,
                context.activations().rows(activate.output()),
                new PostOperations().activate(activate.activation()));
    }

    Step compile(Operation.Add add) {
        return add(
                context.activations().rows(add.left()),
                context.activations().rows(add.right()),
                context.activations().rows(add.output()),
                new PostOperations());
    }

    Step compile(Operation.AddBatchBias add) {
        ActivationMemory activations = context.activations();
        List<Step> steps = new ArrayList<>();
        for (int item = 0; item < add.input().shape().batch(); item++) {
            steps.add(add(
                    activations.rows(add.input(), item),
                    activations.rows(add.batchBias(), item),
                    activations.rows(add.output(), item),
                    new PostOperations()));
        }
        return Step.sequence(steps);
    }

    /** Copies both halves of the channels, activates the second and multiplies it by the first. */
    Step compile(Operation.Geglu geglu) {
        Value input = geglu.input();
        memory.data_type type = context.activations().type(input);
        int channels = geglu.output().shape().channels();
        memory.desc half = new memory.desc(new long[] {input.shape().rows(), channels}, type, new long[] {2L * channels, 1});
        memory.desc dense = OneDnn.rows(type, geglu.output().shape());
        memory left = context.temporary(dense);
        memory gate = context.secondTemporary(dense);
        memory zero = context.oneDnn().allocate(OneDnn.dense(OneDnn.F32, 1, 1));
        OneDnn.segment(zero).fill((byte) 0);
        return Step.sequence(List.of(
                context.copy(context.activations().view(input, half, 0), left),
                context.copy(context.activations().view(input, half, channels), gate),
                add(gate, zero, gate, new PostOperations().activate(Activation.GELU).multiply(left)),
                context.copy(gate, context.activations().rows(geglu.output()))));
    }

    private Step add(memory left, memory right, memory output, PostOperations post) {
        var desc = new binary.primitive_desc(
                context.oneDnn().engine,
                dnnl.algorithm.binary_add.value,
                left.get_desc(),
                right.get_desc(),
                output.get_desc(),
                post.attributes(),
                false);
        return post.bind(context.call(new binary(desc), desc)).fromTo(left, output).with(dnnl.DNNL_ARG_SRC_1, right);
    }
}
