package stablediffusion.bench;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TimingTest {
    /** Decimal fractions are not exact in binary. */
    private static final double EXACT = 1e-12;

    /** numpy.percentile([3, 1, 4, 1, 5, 9, 2, 6], [25, 50, 75]) is [1.75, 3.5, 5.25]. */
    @Test
    void quartilesAreThoseOfNumPy() {
        Timing timing = Timing.of(3, 1, 4, 1, 5, 9, 2, 6);
        assertEquals(3.5, timing.median(), EXACT);
        assertEquals(1.75, timing.lowerQuartile(), EXACT);
        assertEquals(5.25, timing.upperQuartile(), EXACT);
        assertEquals(1, timing.fastest());
        assertEquals(8, timing.runs());
    }

    @Test
    void oneRunIsItsOwnMedian() {
        assertEquals(new Timing(2, 2, 2, 2, 1, false), Timing.of(2));
    }

    @Test
    void noisyWhereTheMiddleHalfSpreadsOverMoreThanATenth() {
        assertFalse(Timing.of(1.00, 1.02, 1.04, 1.06, 1.08).noisy());
        assertTrue(Timing.of(1.0, 1.1, 1.2, 1.3, 1.4).noisy());
    }

    /** One slow run in twenty moves neither the median nor the quartiles. */
    @Test
    void aSingleOutlierIsNoNoise() {
        double[] seconds = new double[20];
        Arrays.fill(seconds, 1);
        seconds[7] = 100;
        assertEquals(1, Timing.of(seconds).median());
        assertFalse(Timing.of(seconds).noisy());
    }

    @Test
    void nothingMeasuredIsNoTiming() {
        assertThrows(IllegalArgumentException.class, Timing::of);
    }
}
