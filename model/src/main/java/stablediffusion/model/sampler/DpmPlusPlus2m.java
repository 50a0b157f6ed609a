package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.DpmPlusPlus2sAncestral.towards;
import static stablediffusion.model.sampler.Latents.sum;

/**
 * Samples by DPM-Solver++(2M) of "DPM-Solver++" (Lu et al., 2022), Algorithm 2; k-diffusion's sample_dpmpp_2m. Second order from one call a
 * step: the denoised latent is extrapolated from this and the last one, linearly in λ = -log σ.
 */
final class DpmPlusPlus2m extends SigmaSampler {
    static final SamplerType TYPE = SamplerType.of(
            "dpm++2m", "DPM++ 2M", "DPM-Solver++(2M): good in 20 steps", DpmPlusPlus2m::new)
            .withAliases("dpmsolver", "dpmsolver++");

    @Override
    public SamplerType type() {
        return TYPE;
    }

    @Override
    public float[] sample(SamplingContext context, float[] latent) {
        float[] x = latent;
        float[] last = null;
        for (int i = 0; i < context.steps(); i++) {
            double from = context.sigma(i);
            double to = context.sigma(i + 1);
            float[] denoised = context.denoise(x, from);
            float[] ahead = denoised;
            if (last != null && to > 0) {
                double ratio = Math.log(context.sigma(i - 1) / from) / Math.log(from / to);
                ahead = sum(1 + 1 / (2 * ratio), denoised, -1 / (2 * ratio), last);
            }
            x = context.stepDone(i, towards(x, ahead, from, to), denoised);
            last = denoised;
        }
        return x;
    }
}
