package stablediffusion.model.sampler;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.random.NormalGenerator;
import stablediffusion.model.random.Rng;
import stablediffusion.model.testing.SamplerCalls;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Runs samplers on a model whose answer is known: where "pictures" are numbers of a normal distribution with deviation s, the best
 * possible ε is x · √(1-ᾱ) / (ᾱ s² + 1 - ᾱ), and the probability flow stretches a latent with its deviation, √(ᾱ s² + 1 - ᾱ).
 */
class ConvergenceTest {
    private static final double S = 0.5;
    private static final float[] START = {1.5f, -0.7f, 0.1f};

    private final NoiseSchedule noiseSchedule = NoiseSchedule.stableDiffusion();

    private float[] epsilon(float[] x, double timestep) {
        double sigma = noiseSchedule.sigma(timestep);
        double alpha = 1 / (1 + sigma * sigma);
        return Latents.scale(Math.sqrt(1 - alpha) / (alpha * S * S + 1 - alpha), x);
    }

    private float[] run(Sampler sampler, NoiseLevels levels, float[] start, NoiseSource noise, StepListener listener) {
        return sampler.sample(new SamplingContext(noiseSchedule, levels, this::epsilon, noise, listener), levels.start(start));
    }

    private static float[] none() {
        throw new AssertionError("a sampler without noise asked for some");
    }

    /** Computes the standard deviation of a latent at a noise level. */
    private static double deviation(NoiseLevel level) {
        return Math.hypot(level.signal() * S, level.noise());
    }

    /** Computes the error against the exact end of the probability flow, relative to the latent. */
    private double error(Sampler sampler, Schedule schedule, int steps) {
        NoiseLevels levels = sampler.noiseLevels(noiseSchedule, schedule, steps);
        float[] end = run(sampler, levels, START, ConvergenceTest::none, StepListener.NONE);
        double exact = levels.start().noise() * deviation(levels.levels().getLast()) / deviation(levels.levels().getFirst());
        for (int i = 1; i < START.length; i++) {
            assertEquals(end[0] / START[0], end[i] / START[i], 1e-5, "the model is linear");
        }
        return Math.abs(end[0] / START[0] / exact - 1);
    }

    /** The bounds are about twice the errors of correct samplers; an order too low, or a wrong coefficient, is ten times off. */
    @ParameterizedTest
    @CsvSource({
        "ddim, DISCRETE, 0.04", "plms, DISCRETE, 4e-4", "euler, DISCRETE, 0.05", "euler, KARRAS, 0.04", "euler, EXPONENTIAL, 0.04",
        "heun, DISCRETE, 0.003", "heun, KARRAS, 0.003", "dpm2, DISCRETE, 0.003", "dpm2, KARRAS, 0.003", "lms, DISCRETE, 1e-4",
        "lms, KARRAS, 1e-4", "dpm++2m, DISCRETE, 0.03", "dpm++2m, KARRAS, 0.003", "unipc, DISCRETE, 0.03", "unipc, KARRAS, 0.003",
    })
    void comesToTheExactEnd(String name, Schedule schedule, double bound) {
        double error = error(Samplers.find(name).create(), schedule, 100);
        assertTrue(error < bound, name + " " + schedule + " is off by " + error);
    }

    /** Checks the order p of a sampler: twice the steps divide the error by 2ᵖ. */
    @ParameterizedTest
    @CsvSource({"euler, 1.9", "heun, 3.8", "dpm2, 3.8", "dpm++2m, 3.8", "unipc, 7.5"})
    void twiceTheStepsIsSoManyTimesNearer(String name, double factor) {
        // The exponential schedule keeps every step alike; the one to no noise at all, which would hide the rest, is left out.
        double[] coarse = Schedule.EXPONENTIAL.sigmas(noiseSchedule, 41);
        double[] fine = Schedule.EXPONENTIAL.sigmas(noiseSchedule, 81);
        double ratio = errorBetween(Samplers.find(name).create(), coarse) / errorBetween(Samplers.find(name).create(), fine);
        assertTrue(ratio > factor, name + " is only " + ratio + " times nearer");
    }

    private double errorBetween(Sampler sampler, double[] sigmas) {
        List<NoiseLevel> levels = Arrays.stream(sigmas)
                .mapToObj(sigma -> NoiseLevel.ofSigma(noiseSchedule, sigma)).toList();
        NoiseLevels noiseLevels = new NoiseLevels(sigmas.length - 1, levels.getFirst(), levels);
        float[] end = run(sampler, noiseLevels, START, ConvergenceTest::none, StepListener.NONE);
        double exact = levels.getFirst().noise() * deviation(levels.getLast()) / deviation(levels.getFirst());
        return Math.abs(end[0] / START[0] / exact - 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ddim", "euler_a", "dpm2_a", "dpm++2s_a", "dpm++2m_sde"})
    void freshNoiseKeepsTheDistribution(String name) {
        int count = 10_000;
        NormalGenerator noise = Rng.CPU.generator(1);
        Sampler sampler = Samplers.find(name).create(OptionalDouble.of(1));
        NoiseLevels levels = sampler.noiseLevels(noiseSchedule, Schedule.DISCRETE, 250);
        float[] end = run(sampler, levels, noise.normal(count), () -> noise.normal(count), StepListener.NONE);
        double square = 0;
        for (float value : end) {
            square += value * value / count;
        }
        // Three standard errors of the estimate are 0.02, and the steps have an error of their own of that size.
        assertEquals(1, Math.sqrt(square) / deviation(levels.levels().getLast()), 0.05, name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"euler_a", "dpm2_a", "dpm++2s_a", "dpm++2m_sde"})
    void etaZeroAddsNoNoise(String name) {
        assertTrue(error(Samplers.find(name).create(OptionalDouble.of(0)), Schedule.KARRAS, 100) < 0.04, name);
    }

    /** With no noise to add, DPM-Solver++(2M) is its stochastic form's special case. */
    @Test
    void dpmPlusPlus2mIsItsSdeWithoutNoise() {
        NoiseLevels levels = new DpmPlusPlus2m().noiseLevels(noiseSchedule, Schedule.KARRAS, 12);
        assertArrayEquals(
                run(new DpmPlusPlus2m(), levels, START, ConvergenceTest::none, StepListener.NONE),
                run(new DpmPlusPlus2mSde(0), levels, START, ConvergenceTest::none, StepListener.NONE), 1e-5f);
    }

    /** Checks that each jump ends at the denoised latent, with known noise added in between. */
    @Test
    void lcmJumpsAndRenoises() {
        Sampler lcm = Samplers.find("lcm").create();
        NoiseLevels levels = lcm.noiseLevels(noiseSchedule, Schedule.DISCRETE, 2);
        assertEquals(999, levels.levels().get(0).timestep(), 1e-6);
        assertEquals(499, levels.levels().get(1).timestep(), 1e-6);
        double first = levels.levels().get(0).noise();
        double second = levels.levels().get(1).noise();
        double picture = first * S * S / (S * S + first * first) * START[0];
        double expected = (picture + second * 0.25) * S * S / (S * S + second * second);
        float[] end = run(lcm, levels, START, () -> new float[] {0.25f, 0, 0}, StepListener.NONE);
        assertEquals(expected, end[0], 1e-5);
    }

    @Test
    void everySamplerCallsTheNetworkAsOftenAsPublished() {
        for (String name : Samplers.names()) {
            Sampler sampler = Samplers.find(name).create();
            for (double strength : new double[] {1, 0.3}) {
                NoiseLevels levels = sampler.noiseLevels(noiseSchedule, Schedule.DISCRETE, 10).forStrength(strength);
                int[] calls = {0};
                int[] steps = {0};
                sampler.sample(new SamplingContext(noiseSchedule, levels, (x, t) -> {
                    calls[0]++;
                    return epsilon(x, t);
                }, () -> new float[START.length], step -> {
                    assertEquals(steps[0]++, step.index(), name);
                    assertEquals(levels.steps(), step.count(), name);
                    return step.latent();
                }), levels.start(START, new float[] {1, 1, 1}));
                assertEquals(SamplerCalls.expected(sampler.type(), levels), calls[0], name);
                assertEquals(levels.steps(), steps[0], name);
            }
        }
    }

    /** Checks what inpainting relies on: the known picture, where the listener restores it after every step, is the result. */
    @Test
    void everySamplerGoesOnFromWhatTheListenerReturns() {
        float[] known = {0.4f, 0.4f, 0.4f};
        float[] epsilon = {0.3f, -0.2f, 1};
        for (String name : Samplers.names()) {
            Sampler sampler = Samplers.find(name).create();
            NoiseLevels levels = sampler.noiseLevels(noiseSchedule, Schedule.DISCRETE, 10);
            float[] end = run(sampler, levels, START, () -> new float[START.length], step -> step.level().mix(known, epsilon));
            assertArrayEquals(levels.levels().getLast().mix(known, epsilon), end, 1e-6f, name);
        }
    }

    @Test
    void listenerMayCancel() {
        for (String name : Samplers.names()) {
            Sampler sampler = Samplers.find(name).create();
            NoiseLevels levels = sampler.noiseLevels(noiseSchedule, Schedule.DISCRETE, 10);
            assertThrows(CancellationException.class,
                    () -> run(sampler, levels, START, () -> new float[START.length], step -> {
                        throw new CancellationException();
                    }), name);
        }
    }
}
