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

/**
 * Loads weights in the order and precision that primitives need. Each is read, reordered and released before the next, so that no more than
 * one is in memory twice.
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

    /** Holds a weight as it is stored, widened to 32 bits. Valid until the next is opened. */
    final class Source implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment floats;

        private Source(Weight weight) {
            floats = floats(weights.read(weight, arena));
        }

        /**
         * Returns a copy of a part.
         *
         * @param stored the layout of the part in the source
         * @param first the first element of the part
         * @param wanted the layout of the copy
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

    /** Returns a whole weight in its stored order, for instance a bias. */
    memory load(Weight weight, memory.desc wanted) {
        try (Source source = open(weight)) {
            return source.reorder(new memory.desc(wanted.get_dims(), OneDnn.F32, wanted.get_strides()), 0, wanted);
        }
    }

    /** Returns a whole weight as a vector of 32-bit numbers, which is what oneDNN takes for a bias. */
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
            // Allocated once, since new memory is filled with zeros, which takes longer than the widening.
            staging = stagingArena.allocate(largest, 64);
        }
        MemorySegment target = staging.asSlice(0, bytes);
        if (data.precision() == Precision.F32) {
            target.copyFrom(memory);
        } else {
            // The memory may belong to this thread alone; this view of it can be read by others and is used in this call only.
            MemorySegment source = memory.isNative() ? MemorySegment.ofAddress(memory.address()).reinterpret(memory.byteSize()) : memory;
            int chunks = Math.ceilDiv(data.size(), CHUNK);
            oneDnn.lanes().run(chunks, (_, chunk) -> {
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
