package stablediffusion.cpu;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import stablediffusion.model.graph.Operation;

/** Compiles layer normalization over the channels of each token. */
final class LayerNorms {
    private final CompilationContext context;

    LayerNorms(CompilationContext context) {
        this.context = context;
    }

    Step compile(Operation.LayerNorm norm) {
        memory input = context.activations().rows(norm.input());
        memory output = context.activations().rows(norm.output());
        var desc = new layer_normalization_forward.primitive_desc(
                context.oneDnn().engine,
                dnnl.prop_kind.forward_inference.value,
                input.get_desc(),
                output.get_desc(),
                norm.epsilon(),
                dnnl.normalization_flags.use_scale.value | dnnl.normalization_flags.use_shift.value,
                new PostOperations().attributes(),
                false);
        return context.call(new layer_normalization_forward(desc), desc)
                .fromTo(input, output)
                .with(dnnl.DNNL_ARG_SCALE, context.weights().loadVector(norm.weight()))
                .with(dnnl.DNNL_ARG_SHIFT, context.weights().loadVector(norm.bias()));
    }
}
