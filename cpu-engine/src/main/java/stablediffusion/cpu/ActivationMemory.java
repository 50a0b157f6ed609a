package stablediffusion.cpu;

import org.bytedeco.dnnl.memory;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.MemoryPlan;
import stablediffusion.model.graph.Value;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Holds the values of a network: one arena, each value at the offset that the plan gives it. */
final class ActivationMemory {
    /** Keeps values of fewer channels in 32 bits: latents, pixels, timesteps and token ids, which are small and must be exact. */
    private static final int FEW_CHANNELS = 16;

    private final OneDnn oneDnn;
    private final Precision precision;
    private final MemoryPlan plan;
    private final MemorySegment arena;

    ActivationMemory(OneDnn oneDnn, Graph graph, Precision precision) {
        this.oneDnn = oneDnn;
        this.precision = precision;
        plan = plan(graph, precision);
        arena = OneDnn.segment(oneDnn.allocate(OneDnn.dense(memory.data_type.u8.intern(), plan.size())));
    }

    static MemoryPlan plan(Graph graph, Precision precision) {
        return MemoryPlan.of(graph, value -> bytes(value, precision));
    }

    Precision precision(Value value) {
        return precision(value, precision);
    }

    private static Precision precision(Value value, Precision wanted) {
        return value.shape().channels() < FEW_CHANNELS ? Precision.F32 : wanted;
    }

    memory.data_type type(Value value) {
        return OneDnn.type(precision(value));
    }

    memory picture(Value value) {
        return view(value, OneDnn.picture(type(value), value.shape()), 0);
    }

    /** Returns a view of a value as a matrix of pixels or tokens by channels. */
    memory rows(Value value) {
        return view(value, OneDnn.rows(type(value), value.shape()), 0);
    }

    /** Returns a view of one item of the batch as a matrix of pixels or tokens by channels. */
    memory rows(Value value, int item) {
        int positions = value.shape().positions();
        int channels = value.shape().channels();
        return view(value, OneDnn.dense(type(value), positions, channels), (long) item * positions * channels);
    }

    /** @param offset the first element of the view, counted in elements of the value */
    memory view(Value value, memory.desc desc, long offset) {
        return oneDnn.view(desc, arena.address() + plan.offsets().get(value) + offset * precision(value).bytes());
    }

    float get(Value value, long index) {
        return numbers(value).get(index);
    }

    void set(Value value, long index, float number) {
        numbers(value).set(index, number);
    }

    void write(Value value, float[] numbers) {
        MemorySegment segment = segment(value);
        if (precision(value) == Precision.F32) {
            MemorySegment.copy(numbers, 0, segment, ValueLayout.JAVA_FLOAT, 0, numbers.length);
        } else {
            for (int i = 0; i < numbers.length; i++) {
                segment.setAtIndex(ValueLayout.JAVA_SHORT, i, Bfloat16.of(numbers[i]));
            }
        }
    }

    float[] read(Value value) {
        MemorySegment segment = segment(value);
        float[] numbers = new float[value.shape().size()];
        if (precision(value) == Precision.F32) {
            MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, 0, numbers, 0, numbers.length);
        } else {
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = Bfloat16.toFloat(segment.getAtIndex(ValueLayout.JAVA_SHORT, i));
            }
        }
        return numbers;
    }

    /** Returns the numbers of a value, in its precision. */
    Numbers numbers(Value value) {
        return Numbers.of(precision(value), segment(value));
    }

    private MemorySegment segment(Value value) {
        return arena.asSlice(plan.offsets().get(value), bytes(value, precision));
    }

    private static long bytes(Value value, Precision wanted) {
        return (long) value.shape().size() * precision(value, wanted).bytes();
    }
}
