package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/**
 * Samples by DPM-Solver++(2S) of "DPM-Solver++" (Lu et al., 2022), Algorithm 1, with fresh noise after each step; k-diffusion's
 * sample_dpmpp_2s_ancestral. Works in λ = -log σ, where the part of the flow that is linear in x is solved exactly.
 */
final class DpmPlusPlus2sAncestral extends SigmaSampler {
    static final SamplerType TYPE = SamplerType.of(
            "dpm++2s_a",
            "DPM++ 2S a",
            "DPM-Solver++(2S) with fresh noise, two calls a step; takes eta",
            1,
            DpmPlusPlus2sAncestral::new);

    private final double eta;

    DpmPlusPlus2sAncestral(double eta) {
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
            if (step.down() == 0) {
                x = denoised;
            } else {
                double middle = Math.sqrt(from * step.down());
                float[] halfway = towards(x, denoised, from, middle);
                x = towards(x, context.denoise(halfway, middle), from, step.down());
            }
            x = context.stepDone(i, step.addNoise(x, context.noise()), denoised);
        }
        return x;
    }

    /** Computes the exact solution for a denoised latent that stays the same: (σ'/σ) · x + (1 - σ'/σ) · denoised. */
    static float[] towards(float[] x, float[] denoised, double from, double to) {
        return sum(to / from, x, 1 - to / from, denoised);
    }
}
