package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/**
 * Samples as "Denoising Diffusion Implicit Models" (Song et al., 2021) in the original ddim.py.
 *
 * @param eta amount of fresh noise: 0 none, 1 as much as DDPM
 */
record Ddim(double eta) implements Sampler {
    static final SamplerType TYPE = SamplerType.of("ddim", "DDIM", "Song et al. 2021; takes eta, 0 if not given", 0, Ddim::new)
            .withOwnSchedule();

    @Override
    public SamplerType type() {
        return TYPE;
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
