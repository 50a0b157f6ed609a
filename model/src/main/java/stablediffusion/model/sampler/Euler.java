package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/** Euler's method along the probability flow: Algorithm 2 of Karras et al. (2022) without its correction and without churn. */
final class Euler extends SigmaSampler {

    @Override
    public float[] sample(Sampling run, float[] latent) {
        float[] x = latent;
        for (int i = 0; i < run.steps(); i++) {
            double from = run.sigma(i);
            double to = run.sigma(i + 1);
            float[] denoised = run.denoise(x, from);
            x = run.stepDone(i, sum(1, x, to - from, derivative(x, denoised, from)), denoised);
        }
        return x;
    }
}
