package stablediffusion.cpu;

import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Shape;

import java.lang.foreign.MemorySegment;

/**
 * Gives access to oneDNN on this processor. Its objects belong to the pointer scope of JavaCPP that is open when they are made.
 */
final class OneDnn implements AutoCloseable {
    static {
        // JavaCPP refuses to allocate where the process is larger than four times the Java heap; weights live outside the heap.
        System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        OpenMp.load();
    }

    static final memory.data_type F32 = memory.data_type.f32.intern();
    static final memory.data_type BF16 = memory.data_type.bf16.intern();

    final engine engine;
    final stream stream;

    private final int threads;
    private final Lanes lanes;

    /** @param threads the number of threads that compute */
    OneDnn(int threads) {
        this.threads = threads;
        lanes = new Lanes(threads);
        engine = new engine(org.bytedeco.dnnl.engine.kind.cpu.value, 0);
        stream = new stream(engine);
    }

    /** Returns the number of threads that compute. */
    int threads() {
        return threads;
    }

    /** Returns the lanes of a computation that divides its work itself. */
    Lanes lanes() {
        return lanes;
    }

    /** Limits the calls of this thread to {@link #threads}. Primitives must be made and run with the same number. */
    OpenMp.Limit limitThreads() {
        return OpenMp.limit(threads);
    }

    @Override
    public void close() {
        lanes.close();
    }

    String version() {
        var version = dnnl.dnnl_version();
        return version.major() + "." + version.minor() + "." + version.patch();
    }

    /** Returns whether bf16 products are faster than f32 ones on this processor, that is, whether it has AVX512-BF16 or AMX. */
    static boolean multipliesBfloat16() {
        int wanted = dnnl.cpu_isa.avx512_core_bf16.value;
        return (dnnl.dnnl_get_effective_cpu_isa() & wanted) == wanted;
    }

    static memory.data_type type(Precision precision) {
        return switch (precision) {
            case F32 -> F32;
            case BF16 -> BF16;
            case F16 -> throw new IllegalArgumentException("the CPU engine has no f16");
        };
    }

    /** Describes a tensor without gaps whose last dimension is contiguous. */
    static memory.desc dense(memory.data_type type, long... dimensions) {
        long[] strides = new long[dimensions.length];
        long stride = 1;
        for (int i = dimensions.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dimensions[i];
        }
        return new memory.desc(dimensions, type, strides);
    }

    /** Describes weights in the order that a primitive chooses. */
    static memory.desc any(memory.data_type type, long... dimensions) {
        return new memory.desc(dimensions, type, memory.format_tag.any);
    }

    /** Describes a picture stored as NHWC. oneDNN names the dimensions batch, channels, height and width in any order of storage. */
    static memory.desc picture(memory.data_type type, Shape shape) {
        return new memory.desc(
                new long[] {shape.batch(), shape.channels(), shape.height(), shape.width()}, type, memory.format_tag.acdb);
    }

    /** Describes a matrix of pixels or tokens by channels. */
    static memory.desc rows(memory.data_type type, Shape shape) {
        return dense(type, shape.rows(), shape.channels());
    }

    /** Allocates memory of undefined contents. */
    memory allocate(memory.desc desc) {
        return new memory(desc, engine);
    }

    /** Returns a view of memory that is allocated already. */
    memory view(memory.desc desc, long address) {
        return new memory(desc, engine, pointer(address));
    }

    static Pointer pointer(long address) {
        return new Address(address);
    }

    /** Returns the storage of a memory. May be called while a network runs: its description is freed at once, not by the garbage collector. */
    static MemorySegment segment(memory memory) {
        try (PointerScope _ = new PointerScope()) {
            return MemorySegment.ofAddress(memory.get_data_handle().address()).reinterpret(memory.get_desc().get_size());
        }
    }

    private static final class Address extends Pointer {
        Address(long address) {
            this.address = address;
        }
    }
}
