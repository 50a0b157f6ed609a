package stablediffusion.cpu;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import stablediffusion.model.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

/** Loads weights in several orders and compares every number with the one that was stored. */
class WeightLoaderTest {
    /** Small integers, which bf16 holds exactly. */
    private static int number(long index) {
        return (int) (index * 31 % 255) - 127;
    }

    private static Weights stored(Precision precision) {
        return new Weights() {
            @Override
            public WeightData read(Weight weight, Arena arena) {
                MemorySegment memory = arena.allocate((long) weight.size() * precision.bytes(), 64);
                for (int i = 0; i < weight.size(); i++) {
                    switch (precision) {
                        case F32 -> memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, number(i));
                        case F16 -> memory.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(number(i)));
                        case BF16 -> memory.setAtIndex(ValueLayout.JAVA_SHORT, i, Bfloat16.of(number(i)));
                    }
                }
                return new WeightData(precision, memory);
            }
        };
    }

    /** Compares what was loaded, in an order that is read back by oneDNN, with what was stored. */
    private static void assertLoads(Precision precision, Weight weight, StoredWeight part, memory.format_tag order, long[] sizes,
            long[] strides,
            long first) {
        try (OneDnn oneDnn = new OneDnn(2);
                OpenMp.Limit _ = oneDnn.limitThreads();
                PointerScope _ = new PointerScope();
                WeightLoader loader = new WeightLoader(oneDnn, stored(precision))) {
            memory loaded = loader.load(weight, part, new memory.desc(sizes, OneDnn.BF16, order));
            memory plain = oneDnn.allocate(OneDnn.dense(OneDnn.F32, sizes));
            new reorder(loaded, plain).execute(oneDnn.stream, loaded, plain);
            float[] numbers = OneDnn.segment(plain).toArray(ValueLayout.JAVA_FLOAT);
            float[] expected = new float[numbers.length];
            for (int i = 0; i < expected.length; i++) {
                long index = first;
                long rest = i;
                for (int dimension = sizes.length - 1; dimension >= 0; dimension--) {
                    index += rest % sizes[dimension] * strides[dimension];
                    rest /= sizes[dimension];
                }
                expected[i] = number(index);
            }
            assertArrayEquals(expected, numbers);
        }
    }

    /** Loads sizes of one slice and of several, multiples of oneDNN's blocks and others. */
    @ParameterizedTest
    @CsvSource({"3, 4, 320", "3, 320, 4", "3, 96, 1500", "3, 200, 1504", "1, 130, 2048", "3, 7, 5"})
    void loadsConvolutions(int kernel, int in, int out) {
        Weight weight = Weight.convolution("weight", kernel, in, out);
        long[] sizes = {out, in, kernel, kernel};
        long[] strides = {1, out, (long) kernel * in * out, (long) in * out};
        for (memory.format_tag order : new memory.format_tag[] {memory.format_tag.abcd, memory.format_tag.ABcd16b16a}) {
            assertLoads(Precision.F16, weight, new StoredWeight(sizes, strides, 0), order, sizes, strides, 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void loadsHalfOfTheColumns(Precision precision) {
        int in = 300;
        int out = 2 * 1000;
        long[] sizes = {in, out / 2};
        long[] strides = {out, 1};
        for (memory.format_tag order : new memory.format_tag[] {memory.format_tag.ab, memory.format_tag.ba, memory.format_tag.BA16a64b}) {
            assertLoads(precision, Weight.linear("weight", in, out), new StoredWeight(sizes, strides, out / 2), order, sizes, strides,
                    out / 2);
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "320", "300000"})
    void loadsVectors(int size) {
        long[] sizes = {size};
        long[] strides = {1};
        assertLoads(Precision.F16, Weight.vector("weight", size), StoredWeight.vector(size), memory.format_tag.a, sizes, strides, 0);
    }
}
