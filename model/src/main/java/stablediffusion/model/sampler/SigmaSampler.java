package stablediffusion.model.sampler;

import static stablediffusion.model.sampler.Latents.sum;

/** Holds what samplers that count in σ, as those of k-diffusion (Crowson, 2022) do, have in common. */
abstract class SigmaSampler implements Sampler {

    /** Computes dx/dσ, the direction of the probability flow (Karras et al., 2022, equation 3). */
    static float[] derivative(float[] x, float[] denoised, double sigma) {
        return sum(1 / sigma, x, -1 / sigma, denoised);
    }

    /**
     * Describes an ancestral step from one level to a lower: first down to σ {@code down}, then up again with fresh noise of standard
     * deviation {@code up} (Song et al., "Score-Based Generative Modeling", 2021).
     */
    record Ancestral(double down, double up) {

        /**
         * Computes the step between two σ.
         *
         * @param eta amount of fresh noise: 0 none, 1 as much as the reverse process has
         */
        static Ancestral step(double from, double to, double eta) {
            double up = Math.min(to, eta * Math.sqrt(to * to * (from * from - to * to) / (from * from)));
            return new Ancestral(Math.sqrt(to * to - up * up), up);
        }

        float[] addNoise(float[] x, NoiseSource noise) {
            return up == 0 ? x : sum(1, x, up, noise.next());
        }
    }
}
