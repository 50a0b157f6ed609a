package stablediffusion.model.sampler;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.UserException;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class NoiseLevelsTest {
    private final NoiseSchedule noiseSchedule = NoiseSchedule.stableDiffusion();
    private final NoiseLevels ddim = NoiseLevels.ofTimesteps(noiseSchedule, 50);
    private final NoiseLevels euler = new Euler().noiseLevels(noiseSchedule, Schedule.DISCRETE, 20);

    @Test
    void newPictureStartsFromNoiseAlone() {
        float[] noise = {1, -2};
        assertArrayEquals(noise, ddim.start(noise));
        assertArrayEquals(new float[] {14.614641f, -29.229282f}, euler.start(noise), 1e-5f);
    }

    @Test
    void originalScriptsEndAtTimestep0() {
        assertEquals(50, ddim.steps());
        assertEquals(981, ddim.levels().getFirst().timestep());
        assertEquals(0, ddim.levels().getLast().timestep());
        assertEquals(0.99915, Math.pow(ddim.levels().getLast().signal(), 2), 1e-12);
        assertEquals(31, NoiseLevels.ofTimesteps(noiseSchedule, 30).steps());
    }

    /** Checks the timestep 1000, one beyond training, which the original formula has where 1000 / steps divides 999. */
    @Test
    void timestepBeyondTheLastIsAsNoisyAsTheLast() {
        assertEquals(1000, noiseSchedule.timesteps(3)[3]);
        assertEquals(noiseSchedule.alphaCumprod(999), noiseSchedule.alphaCumprod(1000));
    }

    /** img2img.py: noise of ddim_timesteps[40], then the 40 steps from ddim_timesteps[39] on. */
    @Test
    void strengthOnDdimsScale() {
        NoiseLevels levels = ddim.forStrength(0.8);
        assertEquals(40, levels.steps());
        assertEquals(801, levels.start().timestep());
        assertEquals(781, levels.levels().getFirst().timestep());
        double alpha = noiseSchedule.alphaCumprod(801);
        float expected = (float) (Math.sqrt(alpha) * 3 + Math.sqrt(1 - alpha) * 0.5);
        assertArrayEquals(new float[] {expected}, levels.start(new float[] {3}, new float[] {0.5f}), 1e-6f);
    }

    @Test
    void strengthOnTheScaleOfSigma() {
        NoiseLevels levels = euler.forStrength(0.5);
        assertEquals(10, levels.steps());
        assertEquals(euler.levels().get(10), levels.levels().getFirst());
        double sigma = euler.levels().get(10).noise();
        assertArrayEquals(new float[] {(float) (3 + sigma * 0.5)}, levels.start(new float[] {3}, new float[] {0.5f}), 1e-6f);
    }

    @Test
    void fullStrengthTakesEveryStep() {
        assertEquals(50, ddim.forStrength(1).steps());
        assertEquals(20, euler.forStrength(1).steps());
        assertEquals(ddim.levels().getFirst(), ddim.forStrength(1).start());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.5, 1.01, 2, Double.NaN})
    void strengthOutOfRange(double strength) {
        assertTrue(assertThrows(UserException.class, () -> ddim.forStrength(strength)).getMessage().contains("above 0"));
    }

    @Test
    void strengthThatLeavesNoStep() {
        assertTrue(assertThrows(UserException.class, () -> euler.forStrength(0.04)).getMessage().contains("no step"));
    }

    @Test
    void schedulesFallFromTheLargestSigmaToTheSmallest() {
        for (Schedule schedule : Schedule.values()) {
            double[] sigmas = schedule.sigmas(noiseSchedule, 12);
            assertEquals(noiseSchedule.largestSigma(), sigmas[0], 1e-5);
            assertEquals(noiseSchedule.smallestSigma(), sigmas[11], 1e-6);
            for (int i = 1; i < sigmas.length; i++) {
                assertTrue(sigmas[i] < sigmas[i - 1], schedule + " " + i);
            }
            assertEquals(noiseSchedule.largestSigma(), schedule.sigmas(noiseSchedule, 1)[0], 1e-5);
        }
        double[] exponential = Schedule.EXPONENTIAL.sigmas(noiseSchedule, 12);
        assertEquals(exponential[1] / exponential[0], exponential[11] / exponential[10], 1e-9);
    }

    @Test
    void timestepIsTheInverseOfSigma() {
        for (double timestep : new double[] {0, 0.25, 1, 123.75, 500, 998.5, 999}) {
            assertEquals(timestep, noiseSchedule.timestep(noiseSchedule.sigma(timestep)), 1e-6);
        }
        assertEquals(0, noiseSchedule.timestep(1e-6));
        assertEquals(999, noiseSchedule.timestep(100));
    }
}
