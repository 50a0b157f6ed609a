package stablediffusion.cpu;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.dnnl.reorder;

import java.util.List;

/** Holds what the classes for the kinds of operations share while a network is compiled. */
final class CompilationContext {
    private final OneDnn oneDnn;
    private final ActivationMemory activations;
    private final WeightLoader weights;
    private final SharedMemory scratchpad;
    private final SharedMemory first;
    private final SharedMemory second;

    CompilationContext(OneDnn oneDnn, ActivationMemory activations, WeightLoader weights) {
        this.oneDnn = oneDnn;
        this.activations = activations;
        this.weights = weights;
        scratchpad = new SharedMemory(oneDnn);
        first = new SharedMemory(oneDnn);
        second = new SharedMemory(oneDnn);
    }

    OneDnn oneDnn() {
        return oneDnn;
    }

    ActivationMemory activations() {
        return activations;
    }

    WeightLoader weights() {
        return weights;
    }

    /** Returns memory for a value that lives only while one operation runs. */
    memory temporary(memory.desc desc) {
        return first.reserve(desc);
    }

    /** Returns memory for several values that live only while one operation runs. */
    List<memory> temporaries(List<memory.desc> descs) {
        return first.reserve(descs);
    }

    /** Returns memory for another such value at the same time. */
    memory secondTemporary(memory.desc desc) {
        return second.reserve(desc);
    }

    /** Returns a call of a primitive, without the operands of post-operations; see {@link PostOperations#bind}. */
    PrimitiveCall call(primitive primitive, primitive_desc_base desc) {
        return new PrimitiveCall(primitive, oneDnn.stream).with(dnnl.DNNL_ARG_SCRATCHPAD, scratchpad.reserve(desc.scratchpad_desc()));
    }

    /** Returns a copy between two orders or precisions of the same dimensions. */
    PrimitiveCall copy(memory source, memory destination) {
        var desc = new reorder.primitive_desc(
                oneDnn.engine, source.get_desc(), oneDnn.engine, destination.get_desc(), new PostOperations().attributes(), false);
        return call(new reorder(desc), desc).fromTo(source, destination);
    }

    void allocateShared() {
        scratchpad.allocate();
        first.allocate();
        second.allocate();
    }
}
