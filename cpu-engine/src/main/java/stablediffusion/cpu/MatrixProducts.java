package stablediffusion.cpu;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;

import java.util.List;
import java.util.Optional;

/** Compiles linear layers and 1x1 convolutions: a matrix of pixels or tokens by channels times the weights. */
final class MatrixProducts {
    private final CompilationContext context;

    MatrixProducts(CompilationContext context) {
        this.context = context;
    }

    Step compile(Operation.Linear linear) {
        if (linear.epilogue().batchBias().isPresent()) {
            throw new IllegalArgumentException("the CPU engine's fusion does not make " + linear);
        }
        ActivationMemory activations = context.activations();
        PostOperations post = new PostOperations().activate(linear.epilogue().activation());
        linear.epilogue().residual().ifPresent(residual -> post.add(activations.rows(residual)));
        memory.data_type type = activations.type(linear.input());
        Destination destination = Destination.of(context, type, activations.rows(linear.output()));
        Columns all = new Columns(linear.weight(), linear.bias(), 0, linear.weight().shape().get(1));
        return destination.after(List.of(product(linear.input(), all, post, destination.memory())));
    }

    /** Computes the gate, {@code gelu(b)}, into a temporary, then the other half of the columns, multiplied by the gate. */
    Step compile(Operation.GatedLinear linear) {
        ActivationMemory activations = context.activations();
        memory.data_type type = activations.type(linear.input());
        int columns = linear.output().shape().channels();
        memory gate = context.secondTemporary(OneDnn.rows(type, linear.output().shape()));
        Destination destination = Destination.of(context, type, activations.rows(linear.output()));
        Columns left = new Columns(linear.weight(), linear.bias(), 0, columns);
        Columns right = new Columns(linear.weight(), linear.bias(), columns, columns);
        return destination.after(List.of(
                product(linear.input(), right, new PostOperations().activate(Activation.GELU), gate),
                product(linear.input(), left, new PostOperations().multiply(gate), destination.memory())));
    }

    /** Describes a part of a layer's outputs. */
    private record Columns(Weight weight, Optional<Weight> bias, int first, int count) {}

    private PrimitiveCall product(Value input, Columns columns, PostOperations post, memory output) {
        OneDnn oneDnn = context.oneDnn();
        memory rows = context.activations().rows(input);
        memory.data_type type = context.activations().type(input);
        int in = columns.weight.shape().get(0);
        int out = columns.weight.shape().get(1);
        memory.desc anyOrder = OneDnn.any(type, in, columns.count);
        StoredWeight ofBias = StoredWeight.matrix(1, columns.count, out, columns.first);
        Optional<memory> bias = columns.bias.map(
                weight -> context.weights().load(weight, ofBias, OneDnn.dense(OneDnn.F32, 1, columns.count)));
        var attributes = post.attributes();
        var desc = bias.isPresent()
                ? new matmul.primitive_desc(
                        oneDnn.engine, rows.get_desc(), anyOrder, bias.get().get_desc(), output.get_desc(), attributes, false)
                : new matmul.primitive_desc(oneDnn.engine, rows.get_desc(), anyOrder, output.get_desc(), attributes, false);
        PrimitiveCall call = post.bind(context.call(new matmul(desc), desc)).fromTo(rows, output);
        StoredWeight stored = StoredWeight.matrix(in, columns.count, out, columns.first);
        call.with(dnnl.DNNL_ARG_WEIGHTS, context.weights().load(columns.weight, stored, desc.weights_desc()));
        bias.ifPresent(memory -> call.with(dnnl.DNNL_ARG_BIAS, memory));
        return call;
    }
}
