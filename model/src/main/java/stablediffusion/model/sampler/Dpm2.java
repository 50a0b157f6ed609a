package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/**
 * Samples by the midpoint method, with the middle in log σ, after "DPM-Solver" (Lu et al., 2022), order 2; k-diffusion's sample_dpm_2
 * and, with fresh noise after each step, sample_dpm_2_ancestral.
 */
final class Dpm2 extends SigmaSampler {
    static final SamplerType TYPE = SamplerType.of("dpm2", "DPM2", "Lu et al. 2022, midpoint, two calls a step", Dpm2::new);
    static final SamplerType ANCESTRAL_TYPE = SamplerType.of(
            "dpm2_a", "DPM2 a", "dpm2 with fresh noise each step; takes eta", 1, Dpm2::new);

    private final SamplerType type;
    private final double eta;

    private Dpm2() {
        type = TYPE;
        eta = 0;
    }

    /** @param eta amount of fresh noise: 0 none, 1 as much as the reverse process has */
    private Dpm2(double eta) {
        type = ANCESTRAL_TYPE;
        this.eta = eta;
    }

    @Override
    public SamplerType type() {
        return type;
    }

    @Override
    public float[] sample(SamplingContext context, float[] latent) {
        float[] x = latent;
        for (int i = 0; i < context.steps(); i++) {
            double from = context.sigma(i);
            Ancestral step = Ancestral.step(from, context.sigma(i + 1), eta);
            float[] denoised = context.denoise(x, from);
            float[] direction = derivative(x, denoised, from);
            if (step.down() > 0) {
                double middle = Math.sqrt(from * step.down());
                float[] halfway = sum(1, x, middle - from, direction);
                direction = derivative(halfway, context.denoise(halfway, middle), middle);
            }
            x = sum(1, x, step.down() - from, direction);
            x = context.stepDone(i, step.addNoise(x, context.noise()), denoised);
        }
        return x;
    }
}
