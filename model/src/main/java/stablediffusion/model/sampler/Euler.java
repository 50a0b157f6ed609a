package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/** Samples by Euler's method along the probability flow: Algorithm 2 of Karras et al. (2022) without its correction and without churn. */
final class Euler extends SigmaSampler {
    static final SamplerType TYPE = SamplerType.of("euler", "Euler", "Karras et al. 2022, first order", Euler::new);

    @Override
    public SamplerType type() {
        return TYPE;
    }

    @Override
    public float[] sample(SamplingContext context, float[] latent) {
        float[] x = latent;
        for (int i = 0; i < context.steps(); i++) {
            double from = context.sigma(i);
            double to = context.sigma(i + 1);
            float[] denoised = context.denoise(x, from);
            x = context.stepDone(i, sum(1, x, to - from, derivative(x, denoised, from)), denoised);
        }
        return x;
    }
}
