package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/** A sampler that counts in σ, as those of k-diffusion (Crowson, 2022) do. */
abstract class SigmaSampler implements Sampler {

    /** dx/dσ, the direction of the probability flow (Karras et al., 2022, equation 3). */
    static float[] derivative(float[] x, float[] denoised, double sigma) {
        return sum(1 / sigma, x, -1 / sigma, denoised);
    }

    /**
     * An ancestral step from one level to a lower: first all the way down to σ {@code down}, then up again with fresh noise of
     * standard deviation {@code up} (Song et al., "Score-Based Generative Modeling", 2021).
     */
    record Ancestral(double down, double up) {

        /** @param eta 0 adds no noise, 1 as much as the forward process */
        static Ancestral step(double from, double to, double eta) {
            double up = Math.min(to, eta * Math.sqrt(to * to * (from * from - to * to) / (from * from)));
            return new Ancestral(Math.sqrt(to * to - up * up), up);
        }

        float[] addNoise(float[] x, NoiseSource noise) {
            return up == 0 ? x : sum(1, x, up, noise.next());
        }
    }
}
