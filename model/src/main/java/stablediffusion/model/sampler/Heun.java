package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/** Heun's method: Algorithm 2 of Karras et al. (2022) without churn. The mean of the directions at both ends of a step. */
final class Heun extends SigmaSampler {

    @Override
    public int calls(NoiseLevels levels) {
        return twoCallsEach(levels);
    }

    @Override
    public float[] sample(Sampling run, float[] latent) {
        float[] x = latent;
        for (int i = 0; i < run.steps(); i++) {
            double from = run.sigma(i);
            double to = run.sigma(i + 1);
            float[] denoised = run.denoise(x, from);
            float[] direction = derivative(x, denoised, from);
            float[] ahead = sum(1, x, to - from, direction);
            if (to > 0) {
                float[] directionAhead = derivative(ahead, run.denoise(ahead, to), to);
                ahead = sum(1, x, (to - from) / 2, direction, (to - from) / 2, directionAhead);
            }
            x = run.stepDone(i, ahead, denoised);
        }
        return x;
    }
}
