package stablediffusion.model.sampler;

/**
 * Describes the composition of a latent: {@code signal · picture + noise · ε} with normally distributed ε.
 *
 * @param signal factor of the picture: √ᾱ for samplers that keep the variance (DDIM, PLMS), 1 for those that count in σ (k-diffusion's), 0
 *     for a latent of noise alone
 * @param noise factor of the noise: √(1-ᾱ), or σ; 0 for a latent without noise
 * @param timestep timestep that the network is given, not always whole
 */
public record NoiseLevel(double signal, double noise, double timestep) {

    /** Returns the level of a timestep on DDIM's scale. */
    static NoiseLevel ofTimestep(NoiseSchedule noiseSchedule, int timestep) {
        double alpha = noiseSchedule.alphaCumprod(timestep);
        return new NoiseLevel(Math.sqrt(alpha), Math.sqrt(1 - alpha), timestep);
    }

    /** Returns the level of a σ on k-diffusion's scale. */
    static NoiseLevel ofSigma(NoiseSchedule noiseSchedule, double sigma) {
        return new NoiseLevel(1, sigma, sigma == 0 ? 0 : noiseSchedule.timestep(sigma));
    }

    /** Adds noise to a picture's latent, up to this level. */
    public float[] mix(float[] picture, float[] epsilon) {
        return Latents.sum(signal, picture, noise, epsilon);
    }
}
