package stablediffusion.cpu;

import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import stablediffusion.model.graph.Operation;

import java.util.List;

/** Compiles square convolutions of NHWC pictures. */
final class Convolutions {
    private final CompilationContext context;

    Convolutions(CompilationContext context) {
        this.context = context;
    }

    Step compile(Operation.Convolution convolution) {
        if (convolution.upsample() || convolution.epilogue().batchBias().isPresent()) {
            throw new IllegalArgumentException("the CPU engine's fusion does not make " + convolution);
        }
        ActivationMemory activations = context.activations();
        OneDnn oneDnn = context.oneDnn();
        memory input = activations.picture(convolution.input());
        memory.data_type type = activations.type(convolution.input());
        Destination destination = Destination.of(context, type, activations.picture(convolution.output()));

        PostOperations post = new PostOperations().activate(convolution.epilogue().activation());
        convolution.epilogue().residual().ifPresent(residual -> post.add(activations.picture(residual)));

        int kernel = convolution.kernel();
        int in = convolution.input().shape().channels();
        int out = convolution.output().shape().channels();
        memory bias = context.weights().loadVector(convolution.bias());
        long[] stride = {convolution.stride(), convolution.stride()};
        long[] before = {convolution.padding().before(), convolution.padding().before()};
        long[] after = {convolution.padding().after(), convolution.padding().after()};
        var desc = new convolution_forward.primitive_desc(
                oneDnn.engine,
                dnnl.prop_kind.forward_inference.value,
                dnnl.algorithm.convolution_direct.value,
                input.get_desc(),
                OneDnn.any(type, out, in, kernel, kernel),
                bias.get_desc(),
                destination.memory().get_desc(),
                stride,
                before,
                after,
                post.attributes(),
                false);
        // oneDNN's dimensions are out, in, height, width; stored is [height, width, in, out].
        StoredWeight stored = new StoredWeight(
                new long[] {out, in, kernel, kernel}, new long[] {1, out, (long) kernel * in * out, (long) in * out}, 0);
        memory weight = context.weights().load(convolution.weight(), stored, desc.weights_desc());
        PrimitiveCall call = post.bind(context.call(new convolution_forward(desc), desc))
                .fromTo(input, destination.memory())
                .with(dnnl.DNNL_ARG_WEIGHTS, weight)
                .with(dnnl.DNNL_ARG_BIAS, bias);
        return destination.after(List.of(call));
    }
}
