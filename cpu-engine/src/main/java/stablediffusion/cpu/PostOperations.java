package stablediffusion.cpu;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import stablediffusion.model.graph.Activation;

import java.util.ArrayList;
import java.util.List;

/** Collects what a primitive does to its result before it stores it, in the order of the calls. */
final class PostOperations {
    private final post_ops operations = new post_ops();
    private final List<Operand> operands = new ArrayList<>();

    private record Operand(int argument, memory memory) {}

    PostOperations activate(Activation activation) {
        switch (activation) {
            case NONE -> {}
            case SILU -> operations.append_eltwise(dnnl.algorithm.eltwise_swish.value, 1, 0);
            case QUICK_GELU -> operations.append_eltwise(dnnl.algorithm.eltwise_swish.value, 1.702f, 0);
            case GELU -> operations.append_eltwise(dnnl.algorithm.eltwise_gelu_erf.value, 0, 0);
        }
        return this;
    }

    PostOperations scale(float factor) {
        return linear(factor, 0);
    }

    PostOperations linear(float factor, float summand) {
        operations.append_eltwise(dnnl.algorithm.eltwise_linear.value, factor, summand);
        return this;
    }

    PostOperations exponential() {
        operations.append_eltwise(dnnl.algorithm.eltwise_exp.value, 0, 0);
        return this;
    }

    PostOperations add(memory memory) {
        return binary(dnnl.algorithm.binary_add, memory);
    }

    PostOperations multiply(memory memory) {
        return binary(dnnl.algorithm.binary_mul, memory);
    }

    private PostOperations binary(dnnl.algorithm algorithm, memory memory) {
        int index = operations.len();
        operations.append_binary(algorithm.value, memory.get_desc());
        operands.add(new Operand(dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (index + 1) | dnnl.DNNL_ARG_SRC_1, memory));
        return this;
    }

    /** Returns the attributes of the primitive. They leave its scratch memory to the caller, since all primitives of a network share it. */
    primitive_attr attributes() {
        primitive_attr attributes = new primitive_attr();
        attributes.set_scratchpad_mode(dnnl.scratchpad_mode.user.value);
        attributes.set_post_ops(operations);
        return attributes;
    }

    /** Adds the operands to the arguments of a call. */
    PrimitiveCall bind(PrimitiveCall call) {
        operands.forEach(operand -> call.with(operand.argument, operand.memory));
        return call;
    }
}
