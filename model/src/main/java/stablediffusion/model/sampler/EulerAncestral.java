package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/** Euler's method down to a lower level than the next, then up to it with fresh noise; k-diffusion's sample_euler_ancestral. */
final class EulerAncestral extends SigmaSampler {
    private final double eta;

    EulerAncestral(double eta) {
        this.eta = eta;
    }

    @Override
    public float[] sample(Sampling run, float[] latent) {
        float[] x = latent;
        for (int i = 0; i < run.steps(); i++) {
            double from = run.sigma(i);
            Ancestral step = Ancestral.step(from, run.sigma(i + 1), eta);
            float[] denoised = run.denoise(x, from);
            x = sum(1, x, step.down() - from, derivative(x, denoised, from));
            x = run.stepDone(i, step.addNoise(x, run.noise()), denoised);
        }
        return x;
    }
}
