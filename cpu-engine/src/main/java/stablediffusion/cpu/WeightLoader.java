package stablediffusion.cpu;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.PointerScope;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/**
 * Brings weights into the memory, order and precision that primitives want. Each is read, reordered and let go before the next, so
 * that no more than one is in memory twice.
 */
final class WeightLoader implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final OneDnn oneDnn;
    private final Weights weights;
    private final Arena stagingArena = Arena.ofShared();
    private final long largest;
    private MemorySegment staging = MemorySegment.NULL;

    WeightLoader(OneDnn oneDnn, Graph graph, Weights weights) {
        this.largest = graph.weights().stream().mapToLong(Weight::size).max().orElse(0) * Float.BYTES;
        this.oneDnn = oneDnn;
        this.weights = weights;
    }

    /** A layer's numbers as they are stored, widened to 32 bits; valid until the next is read. */
    final class Source implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment floats;

        private Source(Weight weight) {
            floats = floats(weights.read(weight, arena));
        }

        /**
         * A copy of a part of it.
         *
         * @param stored how the part lies in the source
         * @param first its first element
         * @param wanted how it shall lie
         */
        memory reorder(memory.desc stored, long first, memory.desc wanted) {
            memory to = oneDnn.allocate(wanted);
            try (PointerScope _ = new PointerScope()) {
                memory from = oneDnn.view(stored, floats.address() + first * Float.BYTES);
                new reorder(from, to).execute(oneDnn.stream, from, to);
            }
            return to;
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    Source open(Weight weight) {
        return new Source(weight);
    }

    /** All of it in the order in which it is stored, for instance a bias, which oneDNN takes in 32 bits always. */
    memory load(Weight weight, memory.desc wanted) {
        try (Source source = open(weight)) {
            return source.reorder(new memory.desc(wanted.get_dims(), OneDnn.F32, wanted.get_strides()), 0, wanted);
        }
    }

    memory loadVector(Weight weight) {
        return load(weight, OneDnn.dense(OneDnn.F32, weight.size()));
    }

    private MemorySegment floats(WeightData data) {
        MemorySegment memory = data.memory();
        if (data.precision() == Precision.F32 && memory.isNative()) {
            return memory;
        }
        long bytes = (long) data.size() * Float.BYTES;
        if (staging.byteSize() < bytes) {
            // Once for all: memory that is new is filled with zeros first, which takes longer than the widening.
            staging = stagingArena.allocate(largest, 64);
        }
        MemorySegment target = staging.asSlice(0, bytes);
        if (data.precision() == Precision.F32) {
            target.copyFrom(memory);
        } else {
            // A view that other threads may read, too; it does not outlive this call.
            MemorySegment source = memory.isNative() ? MemorySegment.ofAddress(memory.address()).reinterpret(memory.byteSize()) : memory;
            int chunks = Math.ceilDiv(data.size(), CHUNK);
            IntStream.range(0, chunks).parallel().forEach(chunk -> {
                long first = (long) chunk * CHUNK;
                int length = (int) Math.min(CHUNK, data.size() - first);
                float[] widened = new WeightData(data.precision(), source.asSlice(first * 2, length * 2L)).toFloats();
                MemorySegment.copy(widened, 0, target, ValueLayout.JAVA_FLOAT, first * Float.BYTES, length);
            });
        }
        return target;
    }

    @Override
    public void close() {
        stagingArena.close();
    }
}
