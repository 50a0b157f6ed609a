package stablediffusion.model.sampler;

import stablediffusion.model.InvalidRequestException;

import java.util.Arrays;

import static stablediffusion.model.sampler.Latents.sum;

/**
 * Samples as "Latent Consistency Models" (Luo et al., 2023), Algorithm 3: each step jumps to the denoised latent, then adds as much fresh
 * noise as the next level has. For models, or LoRAs, that were distilled for it: 4 to 8 steps and a guidance scale of 1 to 2.
 */
final class Lcm extends SigmaSampler {
    static final SamplerType TYPE = SamplerType.of("lcm", "LCM", "for models distilled to latent consistency: 4 to 8 steps", Lcm::new)
            .withOwnSchedule();

    /** Number of steps of the DDIM solver that consistency was distilled from; sampling takes some of them. */
    private static final int DISTILLED_STEPS = 50;

    @Override
    public SamplerType type() {
        return TYPE;
    }

    @Override
    public NoiseLevels ownNoiseLevels(NoiseSchedule noiseSchedule, int steps) {
        NoiseSchedule.requireSteps(steps);
        if (steps > DISTILLED_STEPS) {
            throw new InvalidRequestException("lcm takes at most " + DISTILLED_STEPS + " steps, not " + steps + ": 4 to 8 are usual");
        }
        int stride = noiseSchedule.size() / DISTILLED_STEPS;
        double[] sigmas = new double[steps];
        Arrays.setAll(sigmas, i -> noiseSchedule.sigma((DISTILLED_STEPS - i * DISTILLED_STEPS / steps) * stride - 1));
        return NoiseLevels.ofSigmas(noiseSchedule, sigmas);
    }

    @Override
    public float[] sample(SamplingContext context, float[] latent) {
        float[] x = latent;
        for (int i = 0; i < context.steps(); i++) {
            float[] denoised = context.denoise(x, context.sigma(i));
            double to = context.sigma(i + 1);
            x = context.stepDone(i, to > 0 ? sum(1, denoised, to, context.noise().next()) : denoised, denoised);
        }
        return x;
    }
}
