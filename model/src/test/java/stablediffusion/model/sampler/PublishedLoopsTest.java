package stablediffusion.model.sampler;

import org.junit.jupiter.api.Test;
import stablediffusion.model.random.NormalGenerator;
import stablediffusion.model.random.Rng;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.DoubleUnaryOperator;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Runs the full loops of diffusers' scheduler tests, with the numbers that they assert: x = 0/768 … 767/768 in an odd order, the model
 * x · t / (t + 1), 10 steps, β evenly from 0.0001 to 0.02. Those of diffusers that differ from ours (PNDM with Runge-Kutta
 * steps) are not tested here.
 */
class PublishedLoopsTest {
    private static final int STEPS = 10;

    /** The tolerances of diffusers' own tests. */
    private static final double SUM_TOLERANCE = 1e-2;
    private static final double MEAN_TOLERANCE = 1e-3;

    private static NoiseSchedule linear(int trainingSteps) {
        return NoiseSchedule.ofBetas(NoiseSchedule.evenly(1e-4, 0.02, trainingSteps));
    }

    /** Computes arange(768).reshape(3, 8, 8, 4) / 768, permuted (3, 0, 1, 2). */
    private static float[] start() {
        float[] start = new float[768];
        for (int last = 0; last < 4; last++) {
            for (int i = 0; i < 192; i++) {
                start[last * 192 + i] = (i * 4 + last) / 768f;
            }
        }
        return start;
    }

    private static double sum(float[] x) {
        double sum = 0;
        for (float value : x) {
            sum += Math.abs(value);
        }
        return sum;
    }

    private static void assertLoop(double expectedSum, double expectedMean, float[] end) {
        assertEquals(expectedSum, sum(end), SUM_TOLERANCE);
        assertEquals(expectedMean, sum(end) / end.length, MEAN_TOLERANCE);
    }

    private static float[] model(float[] x, double timestep) {
        return Latents.scale(timestep / (timestep + 1), x);
    }

    /**
     * DDIM keeps the variance, and ends at ᾱ = 1. It clips the denoised latent to ±1, which this one never leaves.
     */
    @Test
    void ddim() {
        NoiseSchedule schedule = linear(1000);
        NoiseLevel[] levels = new NoiseLevel[STEPS + 1];
        Arrays.setAll(levels, i -> i == STEPS ? new NoiseLevel(1, 0, 0) : NoiseLevel.ofTimestep(schedule, 900 - i * 100));
        NoiseLevels noiseLevels = new NoiseLevels(STEPS, levels[0], List.of(levels));
        SamplingContext run = new SamplingContext(schedule, noiseLevels, PublishedLoopsTest::model, null, StepListener.NONE);
        assertLoop(172.0067, 0.223967, new Ddim(0).sample(run, start()));
    }

    /**
     * Runs a sampler as DPM-Solver++ and UniPC, which keep the variance: x / √ᾱ goes in and x · √ᾱ comes out. Their timesteps are whole.
     */
    private static float[] variancePreserving(Sampler sampler, NoiseSchedule schedule, double[] sigmas) {
        NoiseLevel[] levels = new NoiseLevel[sigmas.length];
        Arrays.setAll(levels, i -> NoiseLevel.ofSigma(schedule, sigmas[i]));
        NoiseLevels noiseLevels = new NoiseLevels(STEPS, levels[0], List.of(levels));
        EpsilonModel rounding = (x, timestep) -> model(x, Math.rint(timestep));
        DoubleUnaryOperator scale = sigma -> Math.sqrt(1 + sigma * sigma);
        float[] end = sampler.sample(
                new SamplingContext(schedule, noiseLevels, rounding, null, StepListener.NONE),
                Latents.scale(scale.applyAsDouble(sigmas[0]), start()));
        return Latents.scale(1 / scale.applyAsDouble(sigmas[STEPS]), end);
    }

    /** Computes σ of eleven timesteps from 999 to 0, rounded; so the last step ends at the smallest σ. */
    private static double[] sigmasOfWholeTimesteps(NoiseSchedule schedule) {
        double[] sigmas = new double[STEPS + 1];
        Arrays.setAll(sigmas, i -> schedule.sigma((int) Math.rint(999 - 99.9 * i)));
        return sigmas;
    }

    @Test
    void dpmPlusPlus2m() {
        NoiseSchedule schedule = linear(1000);
        double[] sigmas = sigmasOfWholeTimesteps(schedule);
        assertEquals(0.3301, sum(variancePreserving(new DpmPlusPlus2m(), schedule, sigmas)) / 768, MEAN_TOLERANCE);
    }

    @Test
    void uniPc() {
        NoiseSchedule schedule = linear(1000);
        double[] sigmas = sigmasOfWholeTimesteps(schedule);
        assertEquals(0.2464, sum(variancePreserving(new UniPc(), schedule, sigmas)) / 768, MEAN_TOLERANCE);
    }

    @Test
    void uniPcKarras() {
        NoiseSchedule schedule = linear(1000);
        double[] sigmas = Arrays.copyOf(Schedule.KARRAS.sigmas(schedule, STEPS), STEPS + 1);
        sigmas[STEPS] = schedule.smallestSigma();
        assertEquals(0.2925, sum(variancePreserving(new UniPc(), schedule, sigmas)) / 768, MEAN_TOLERANCE);
    }

    /**
     * The loops of k-diffusion's samplers start from x · σ and hand the scaled model input back as the latent, at every step. It is
     * not scaled again; the look ahead of a sampler with two calls a step is.
     */
    private static float[] handingBackTheModelInput(Sampler sampler, double[] sigmas, NoiseSource noise) {
        NoiseSchedule schedule = linear(1100);
        NoiseLevels levels = NoiseLevels.ofSigmas(schedule, sigmas);
        AtomicBoolean atStartOfStep = new AtomicBoolean(true);
        EpsilonModel model = (x, timestep) -> {
            boolean scaledBefore = atStartOfStep.getAndSet(false);
            return model(scaledBefore ? Latents.scale(Math.hypot(schedule.sigma(timestep), 1), x) : x, timestep);
        };
        StepListener scaling = step -> {
            atStartOfStep.set(true);
            return Latents.scale(inputScale(step.level()), step.latent());
        };
        float[] first = Latents.scale(inputScale(levels.levels().getFirst()), levels.start(start()));
        return sampler.sample(new SamplingContext(schedule, levels, model, noise, scaling), first);
    }

    private static double inputScale(NoiseLevel level) {
        return 1 / Math.hypot(level.noise(), 1);
    }

    /** Computes σ as diffusers does, which interpolates σ itself between whole timesteps, not its logarithm. */
    private static double[] discreteSigmas() {
        NoiseSchedule schedule = linear(1100);
        return Arrays.stream(NoiseSchedule.evenly(1099, 0, STEPS)).map(timestep -> {
            int below = (int) timestep;
            return schedule.sigma(below) + (timestep - below) * (schedule.sigma(below + 1) - schedule.sigma(below));
        }).toArray();
    }

    @Test
    void euler() {
        assertLoop(10.0807, 0.0131, handingBackTheModelInput(new Euler(), discreteSigmas(), null));
    }

    @Test
    void eulerKarras() {
        double[] sigmas = Schedule.KARRAS.sigmas(linear(1100), STEPS);
        assertLoop(124.52299499511719, 0.16213932633399963, handingBackTheModelInput(new Euler(), sigmas, null));
    }

    @Test
    void eulerAncestral() {
        NormalGenerator noise = Rng.CPU.generator(0);
        assertLoop(152.3192, 0.1983, handingBackTheModelInput(new EulerAncestral(1), discreteSigmas(), () -> noise.normal(768)));
    }

    @Test
    void lms() {
        assertLoop(1006.388, 1.31, handingBackTheModelInput(new Lms(), discreteSigmas(), null));
    }

    @Test
    void lmsKarras() {
        double[] sigmas = Schedule.KARRAS.sigmas(linear(1100), STEPS);
        // 1e-5 of the value: the loop does not converge, it magnifies that diffusers multiplies up ᾱ in single precision.
        assertEquals(3812.9927, sum(handingBackTheModelInput(new Lms(), sigmas, null)), 4e-2);
    }

    @Test
    void heun() {
        assertLoop(0.1233, 0.0002, handingBackTheModelInput(new Heun(), discreteSigmas(), null));
    }
}
