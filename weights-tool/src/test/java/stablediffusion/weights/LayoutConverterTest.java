package stablediffusion.weights;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.weights.checkpoint.CheckpointTensor;
import stablediffusion.weights.checkpoint.ElementType;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LayoutConverterTest {

    /** Sizes around those of a block, 64 x 256. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 33, 31", "3, 57, 65", "1, 257, 32", "1, 300, 4", "3, 4, 320", "3, 29, 64"})
    void movesEveryElementAndBack(int kernel, int in, int out) {
        Weight weight = kernel == 1 ? Weight.linear("w", in, out) : Weight.convolution("w", kernel, in, out);
        float[] values = new float[weight.size()];
        Random random = new Random(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(-2000, 2000); // exact in 16 bits
        }
        for (Precision precision : List.of(Precision.F16, Precision.F32)) {
            MemorySegment stored = MemorySegment.ofArray(new byte[values.length * precision.bytes()]);
            layout(precision).store(tensor(weight, values), weight, stored);
            float[] actual = new WeightData(precision, stored).toFloats();
            int taps = kernel * kernel;
            for (int o = 0; o < out; o++) {
                for (int i = 0; i < in; i++) {
                    for (int k = 0; k < taps; k++) {
                        assertEquals(values[(o * in + i) * taps + k], actual[(k * in + i) * out + o]);
                    }
                }
            }
            MemorySegment restored = MemorySegment.ofArray(new byte[values.length * precision.bytes()]);
            LayoutConverter.restore(new WeightData(precision, stored), weight, restored);
            assertArrayEquals(values, new WeightData(precision, restored).toFloats());
        }
    }

    @Test
    void roundsToTheNearestFp16() {
        Weight weight = Weight.vector("w", 4);
        MemorySegment stored = MemorySegment.ofArray(new byte[8]);
        layout(Precision.F16).store(tensor(weight, 1.0004f, 65504, -65519, 1e-9f), weight, stored);
        assertArrayEquals(new float[] {1, 65504, -65504, 0}, new WeightData(Precision.F16, stored).toFloats());
    }

    @Test
    void takesRowsThatDoNotLieOneAfterAnother() {
        Weight weight = Weight.linear("w", 2, 3);
        MemorySegment transposed = MemorySegment.ofArray(new float[] {1, 2, 3, 4, 5, 6});
        CheckpointTensor tensor = new CheckpointTensor("w", ElementType.F32, List.of(3, 2), List.of(1L, 3L), transposed, 0);
        MemorySegment stored = MemorySegment.ofArray(new byte[12]);
        layout(Precision.F16).store(tensor, weight, stored);
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, new WeightData(Precision.F16, stored).toFloats());
    }

    @Test
    void refusesNumbersThatWouldBeLost() {
        assertFails("beyond the range of 16 bits", Precision.F16, 1, 70000);
        assertFails("beyond the range of 16 bits", Precision.F16, -65520, 1);
        assertFails("2 numbers that are infinite or no number", Precision.F16, Float.NaN, Float.NEGATIVE_INFINITY);
        assertFails("1 numbers that are infinite or no number", Precision.F32, Float.NaN, 1);
        Weight weight = Weight.vector("w", 1);
        MemorySegment stored = MemorySegment.ofArray(new byte[4]);
        layout(Precision.F32).store(tensor(weight, -70000), weight, stored);
        assertArrayEquals(new float[] {-70000}, new WeightData(Precision.F32, stored).toFloats());
    }

    private static void assertFails(String expected, Precision precision, float... values) {
        Weight weight = Weight.vector("w", values.length);
        MemorySegment stored = MemorySegment.ofArray(new byte[values.length * 4]);
        UserException failure = assertThrows(UserException.class, () -> layout(precision).store(tensor(weight, values), weight, stored));
        assertTrue(failure.getMessage().contains(expected), failure.getMessage());
        assertTrue(failure.getMessage().contains("source: tensor w"), failure.getMessage());
    }

    private static LayoutConverter layout(Precision precision) {
        return new LayoutConverter(Path.of("source"), precision, UnaryOperator.identity());
    }

    private static CheckpointTensor tensor(Weight weight, float... values) {
        return CheckpointTensor.contiguous("w", ElementType.F32, weight.checkpointShape(), MemorySegment.ofArray(values));
    }
}
