package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/** Samples by Heun's method: Algorithm 2 of Karras et al. (2022) without churn. Takes the mean of the directions at both ends of a step. */
final class Heun extends SigmaSampler {
    static final SamplerType TYPE = SamplerType.of("heun", "Heun", "Karras et al. 2022, second order, two calls a step", Heun::new);

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
            float[] direction = derivative(x, denoised, from);
            float[] ahead = sum(1, x, to - from, direction);
            if (to > 0) {
                float[] directionAhead = derivative(ahead, context.denoise(ahead, to), to);
                ahead = sum(1, x, (to - from) / 2, direction, (to - from) / 2, directionAhead);
            }
            x = context.stepDone(i, ahead, denoised);
        }
        return x;
    }
}
