package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/**
 * Samples by SDE-DPM-Solver++(2M) of "DPM-Solver++" (Lu et al., 2022), midpoint form; k-diffusion's sample_dpmpp_2m_sde. Each step
 * takes a fresh draw of the noise source; k-diffusion interpolates a Brownian motion instead, so its pictures differ from the same seed.
 */
final class DpmPlusPlus2mSde extends SigmaSampler {
    static final SamplerType TYPE = SamplerType.of(
            "dpm++2m_sde", "DPM++ 2M SDE", "DPM-Solver++(2M) with fresh noise; takes eta", 1, DpmPlusPlus2mSde::new);

    private final double eta;

    /** @param eta 0: DPM-Solver++(2M); 1: as much fresh noise as the reverse process has */
    DpmPlusPlus2mSde(double eta) {
        this.eta = eta;
    }

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
            if (to == 0) {
                x = denoised;
            } else {
                double h = Math.log(from / to);
                double decay = Math.exp(-eta * h);
                double gain = -Math.expm1(-h - eta * h);
                x = sum(to / from * decay, x, gain, denoised);
                if (last != null) {
                    double ratio = Math.log(context.sigma(i - 1) / from) / h;
                    x = sum(1, x, gain / (2 * ratio), denoised, -gain / (2 * ratio), last);
                }
                if (eta > 0) {
                    x = sum(1, x, to * Math.sqrt(-Math.expm1(-2 * eta * h)), context.noise().next());
                }
            }
            x = context.stepDone(i, x, denoised);
            last = denoised;
        }
        return x;
    }
}
