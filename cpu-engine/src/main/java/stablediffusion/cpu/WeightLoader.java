package stablediffusion.cpu;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.PointerScope;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Loads weights in the order and precision that primitives need, in slices, so that what has been widened to 32 bits is still in the core's cache
 * when it is reordered.
 */
final class WeightLoader implements AutoCloseable {
    /** Numbers of a slice, about: half a megabyte. */
    private static final long SLICE = 1 << 17;
    /** What the number of a slice's rows is a multiple of: oneDNN stores up to 64 rows as a block. */
    private static final long ROWS = 64;
    /** Numbers that are widened at a time. */
    private static final int CHUNK = 1 << 12;

    private final OneDnn oneDnn;
    private final Weights weights;
    private final Arena stagingArena = Arena.ofShared();
    private final List<Staging> staging;

    WeightLoader(OneDnn oneDnn, Weights weights) {
        this.oneDnn = oneDnn;
        this.weights = weights;
        staging = IntStream.range(0, oneDnn.lanes().count()).mapToObj(_ -> new Staging()).toList();
    }

    /** Returns a whole vector as 32-bit numbers, which is what oneDNN takes for a bias. */
    memory loadVector(Weight weight) {
        return load(weight, StoredWeight.vector(weight.size()), OneDnn.dense(OneDnn.F32, weight.size()));
    }

    /**
     * Returns a copy of a weight or of a part of it.
     *
     * @param stored where it lies in the weight
     * @param wanted the order and precision of the copy
     */
    memory load(Weight weight, StoredWeight stored, memory.desc wanted) {
        memory copy = oneDnn.allocate(wanted);
        try (Arena arena = Arena.ofConfined(); PointerScope _ = new PointerScope()) {
            WeightData data = shared(weights.read(weight, arena));
            long most = Math.max(1, SLICE / stored.columns() / ROWS) * ROWS;
            List<Target> targets = targets(stored.slices(most), copy).or(() -> targets(stored.slices(Long.MAX_VALUE), copy)).orElseThrow();
            oneDnn.lanes().run(targets.size(), (lane, slice) -> {
                try (PointerScope _ = new PointerScope()) {
                    Target target = targets.get(slice);
                    memory from = staging.get(lane).read(data, target.slice);
                    memory to = oneDnn.view(target.desc, target.address);
                    new reorder(from, to).execute(oneDnn.stream, from, to);
                }
            });
        }
        return copy;
    }

    /** Returns a view that other threads can read: the memory may belong to this thread alone, and is used in one call only. */
    private static WeightData shared(WeightData data) {
        MemorySegment memory = data.memory();
        return memory.isNative()
                ? new WeightData(data.precision(), MemorySegment.ofAddress(memory.address()).reinterpret(memory.byteSize()))
                : data;
    }

    /** Holds where the copy of a slice belongs. */
    private record Target(StoredWeight.Slice slice, memory.desc desc, long address) {}

    /** Returns where the copies of slices belong, or nothing if the order that is wanted cannot be divided so. */
    private static Optional<List<Target>> targets(List<StoredWeight.Slice> slices, memory copy) {
        memory.desc whole = copy.get_desc();
        long address = OneDnn.segment(copy).address();
        long bytes = memory.data_type_size(whole.get_data_type());
        List<Target> targets = new ArrayList<>();
        for (StoredWeight.Slice slice : slices) {
            memory.desc part = whole.submemory_desc(slice.sizes(), slice.offsets(), true);
            if (!part.asBoolean()) {
                return Optional.empty();
            }
            // The same description for slices of one size, so that they have one primitive, which oneDNN keeps.
            memory.desc atBeginning = whole.submemory_desc(slice.sizes(), new long[slice.sizes().length], true);
            targets.add(atBeginning.asBoolean()
                    ? new Target(slice, atBeginning, address + part.get_submemory_offset() * bytes)
                    : new Target(slice, part, address));
        }
        return Optional.of(targets);
    }

    @Override
    public void close() {
        stagingArena.close();
    }

    /** Holds a slice in 32 bits, for one lane. */
    private final class Staging {
        private final float[] widened = new float[CHUNK];
        private MemorySegment floats = MemorySegment.NULL;

        /** Returns a slice in its stored order. Valid until the next call. */
        memory read(WeightData data, StoredWeight.Slice slice) {
            if (data.precision() == Precision.F32 && data.memory().isNative()) {
                return view(slice, slice.strides(), data.memory().address() + slice.start(0) * Float.BYTES);
            }
            reserve(slice.rows() * slice.columns() * Float.BYTES);
            boolean gaps = slice.rows() > 1 && slice.start(1) - slice.start(0) != slice.columns();
            long runs = gaps ? slice.rows() : 1;
            long length = gaps ? slice.columns() : slice.rows() * slice.columns();
            for (long run = 0; run < runs; run++) {
                widen(data, slice.start(run), run * length, length);
            }
            return view(slice, slice.denseStrides(), floats.address());
        }

        private void widen(WeightData data, long first, long target, long length) {
            for (long done = 0; done < length; done += CHUNK) {
                int count = (int) Math.min(CHUNK, length - done);
                data.toFloats(first + done, widened, count);
                MemorySegment.copy(widened, 0, floats, ValueLayout.JAVA_FLOAT, (target + done) * Float.BYTES, count);
            }
        }

        private memory view(StoredWeight.Slice slice, long[] strides, long address) {
            return oneDnn.view(new memory.desc(slice.sizes(), OneDnn.F32, strides), address);
        }

        private void reserve(long bytes) {
            if (floats.byteSize() < bytes) {
                floats = stagingArena.allocate(bytes, 64);
            }
        }
    }
}
