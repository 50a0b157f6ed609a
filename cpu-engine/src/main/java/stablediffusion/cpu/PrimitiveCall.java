package stablediffusion.cpu;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.stream;

/** Calls a primitive of oneDNN with its arguments. */
final class PrimitiveCall implements Step {
    private final primitive primitive;
    private final stream stream;
    private final IntMemoryMap arguments = new IntMemoryMap();

    PrimitiveCall(primitive primitive, stream stream) {
        this.primitive = primitive;
        this.stream = stream;
    }

    /** @param argument one of oneDNN's DNNL_ARG constants */
    PrimitiveCall with(int argument, memory memory) {
        arguments.put(argument, memory);
        return this;
    }

    PrimitiveCall fromTo(memory source, memory destination) {
        return with(dnnl.DNNL_ARG_SRC, source).with(dnnl.DNNL_ARG_DST, destination);
    }

    @Override
    public void run() {
        primitive.execute(stream, arguments);
    }
}
