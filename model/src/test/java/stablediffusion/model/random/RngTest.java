package stablediffusion.model.random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

class RngTest {

    /** Compares with numbers that many published notebooks print, with four digits. */
    @Test
    void publishedNumbers() {
        assertArrayEquals(new float[] {-1.1258f, -1.1524f, -0.2506f, -0.4339f, 0.8487f, 0.6920f},
                Arrays.copyOf(Rng.CPU.generator(0).normal(16), 6), 5e-5f);
        assertArrayEquals(new float[] {1.9269f, 1.4873f, 0.9007f, -2.1055f},
                Arrays.copyOf(Rng.CPU.generator(42).normal(4 * 64 * 64), 4), 5e-5f);
    }

    @ParameterizedTest
    @EnumSource
    void isNormal(Rng rng) {
        int count = 100_000;
        float[] numbers = rng.generator(7).normal(count);
        double mean = 0;
        double square = 0;
        for (float number : numbers) {
            mean += number / count;
            square += (double) number * number / count;
        }
        // Five standard deviations of the mean and of the variance of that many samples.
        assertEquals(0, mean, 5 / Math.sqrt(count));
        assertEquals(1, square, 5 * Math.sqrt(2.0 / count));
    }

    @ParameterizedTest
    @EnumSource
    void sameSeedSameNumbers(Rng rng) {
        assertArrayEquals(rng.generator(3).normal(40), rng.generator(3).normal(40));
        assertNotEquals(rng.generator(3).normal(40)[0], rng.generator(4).normal(40)[0]);
        assertEquals(0, rng.generator(3).normal(0).length);
    }

    /** PyTorch's CPU generator is seeded with 32 bits, CUDA's with 64. */
    @Test
    void highBitsOfTheSeedCountOnlyForCuda() {
        long seed = 5;
        long high = seed + (1L << 40);
        assertArrayEquals(Rng.CPU.generator(seed).normal(16), Rng.CPU.generator(high).normal(16));
        assertNotEquals(Rng.CUDA.generator(seed).normal(1)[0], Rng.CUDA.generator(high).normal(1)[0]);
    }
}
