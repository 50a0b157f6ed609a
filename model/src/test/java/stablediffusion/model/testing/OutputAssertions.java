package stablediffusion.model.testing;

import stablediffusion.model.engine.Tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Compares the output of an engine with what is expected. */
public final class OutputAssertions {
    private OutputAssertions() {}

    /**
     * Asserts that two tensors have the same shape and nearly the same numbers.
     *
     * @param tolerance the largest difference that passes, relative to the largest expected number
     * @param name names the output in a failure's message
     */
    public static void assertClose(Tensor expected, Tensor actual, double tolerance, String name) {
        assertEquals(expected.shape(), actual.shape(), name);
        assertClose(expected.values(), actual.values(), tolerance, name);
    }

    /**
     * Asserts that arrays hold nearly the same numbers, all of them finite.
     *
     * @param tolerance the largest difference that passes, relative to the largest expected number
     * @param name names the output in a failure's message
     */
    public static void assertClose(float[] expected, float[] actual, double tolerance, String name) {
        assertEquals(expected.length, actual.length, name + ": number of values");
        double largest = 0;
        double error = 0;
        int worst = 0;
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Float.isFinite(actual[i]), name + ": element " + i + " is " + actual[i]);
            largest = Math.max(largest, Math.abs(expected[i]));
            double difference = Math.abs((double) expected[i] - actual[i]);
            if (difference > error) {
                error = difference;
                worst = i;
            }
        }
        assertTrue(
                error <= tolerance * largest,
                name + ": element " + worst + " differs by " + error + ", " + error / largest + " of the largest element");
    }
}
