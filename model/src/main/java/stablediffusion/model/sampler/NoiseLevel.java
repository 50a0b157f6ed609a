package stablediffusion.model.sampler;

/**
 * What a latent is made of: {@code signal · picture + noise · ε} with normally distributed ε.
 *
 * @param signal √ᾱ for samplers that keep the variance (DDIM, PLMS), 1 for those that count in σ (k-diffusion's); 0 where there
 *     is no picture yet
 * @param noise √(1-ᾱ), or σ; 0 where there is none left
 * @param timestep what the network is told
 */
public record NoiseLevel(double signal, double noise, double timestep) {

    /** A level of DDIM's scale. */
    static NoiseLevel ofTimestep(NoiseSchedule noiseSchedule, int timestep) {
        double alpha = noiseSchedule.alphaCumprod(timestep);
        return new NoiseLevel(Math.sqrt(alpha), Math.sqrt(1 - alpha), timestep);
    }

    /** A level of k-diffusion's scale. */
    static NoiseLevel ofSigma(NoiseSchedule noiseSchedule, double sigma) {
        return new NoiseLevel(1, sigma, sigma == 0 ? 0 : noiseSchedule.timestep(sigma));
    }

    /** A picture's latent at this level. */
    public float[] mix(float[] picture, float[] epsilon) {
        return Latents.sum(signal, picture, noise, epsilon);
    }
}
