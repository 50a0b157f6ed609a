package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/**
 * The midpoint method with the middle in log σ, after "DPM-Solver" (Lu et al., 2022), order 2; k-diffusion's sample_dpm_2 and,
 * with fresh noise after each step, sample_dpm_2_ancestral.
 */
final class Dpm2 extends SigmaSampler {
    private final double eta;

    /** @param eta 0: no fresh noise; 1: ancestral */
    Dpm2(double eta) {
        this.eta = eta;
    }

    @Override
    public int calls(NoiseLevels levels) {
        return twoCallsEach(levels);
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
