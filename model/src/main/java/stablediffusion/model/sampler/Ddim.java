package stablediffusion.model.sampler;

import stablediffusion.model.UserException;

import static stablediffusion.model.sampler.Latents.sum;

/**
 * "Denoising Diffusion Implicit Models" (Song et al., 2021), as the original ddim.py runs it.
 *
 * @param eta 0: deterministic; 1: as much fresh noise as DDPM; between
 */
record Ddim(double eta) implements Sampler {

    @Override
    public NoiseLevels noiseLevels(NoiseSchedule noiseSchedule, Schedule schedule, int steps) {
        return originalLevels(noiseSchedule, schedule, steps);
    }

    /** For samplers that know no other schedule than the original scripts'. */
    static NoiseLevels originalLevels(NoiseSchedule noiseSchedule, Schedule schedule, int steps) {
        if (schedule != Schedule.DISCRETE) {
            throw new UserException("ddim and plms have a schedule of their own: leave " + schedule.label()
                    + " away, or take another sampler");
        }
        return NoiseLevels.ofTimesteps(noiseSchedule, steps);
    }

    @Override
    public int calls(NoiseLevels levels) {
        return levels.steps();
    }

    @Override
    public float[] sample(SamplingContext context, float[] latent) {
        float[] x = latent;
        for (int i = 0; i < context.steps(); i++) {
            NoiseLevel from = context.level(i);
            NoiseLevel to = context.level(i + 1);
            float[] epsilon = context.model().epsilon(x, from.timestep());
            float[] denoised = denoised(x, epsilon, from);

            // Equation 16: the standard deviation of the fresh noise.
            double ratio = from.signal() / to.signal();
            double fresh = eta * to.noise() / from.noise() * Math.sqrt(1 - ratio * ratio);
            // Equation 12: to the denoised latent, a step in the direction of x, fresh noise.
            x = sum(to.signal(), denoised, Math.sqrt(to.noise() * to.noise() - fresh * fresh), epsilon);
            if (fresh > 0) {
                x = sum(1, x, fresh, context.noise().next());
            }
            x = context.stepDone(i, x, denoised);
        }
        return x;
    }

    /** Computes the denoised latent, x without the predicted noise: (x - √(1-ᾱ) · ε) / √ᾱ. */
    static float[] denoised(float[] x, float[] epsilon, NoiseLevel level) {
        return sum(1 / level.signal(), x, -level.noise() / level.signal(), epsilon);
    }
}
