package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/** Samples by Euler's method down to a lower level than the next, then up to it with fresh noise; k-diffusion's sample_euler_ancestral. */
final class EulerAncestral extends SigmaSampler {
    static final SamplerType TYPE = SamplerType.of(
            "euler_a", "Euler a", "Euler with fresh noise each step; takes eta", 1, EulerAncestral::new);

    private final double eta;

    EulerAncestral(double eta) {
        this.eta = eta;
    }

    @Override
    public SamplerType type() {
        return TYPE;
    }

    @Override
    public float[] sample(SamplingContext context, float[] latent) {
        float[] x = latent;
        for (int i = 0; i < context.steps(); i++) {
            double from = context.sigma(i);
            Ancestral step = Ancestral.step(from, context.sigma(i + 1), eta);
            float[] denoised = context.denoise(x, from);
            x = sum(1, x, step.down() - from, derivative(x, denoised, from));
            x = context.stepDone(i, step.addNoise(x, context.noise()), denoised);
        }
        return x;
    }
}
