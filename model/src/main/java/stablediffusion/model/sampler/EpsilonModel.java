package stablediffusion.model.sampler;

/** Predicts the noise in a latent: the trained network, guided. */
@FunctionalInterface
public interface EpsilonModel {

    /**
     * Predicts the noise.
     *
     * @param latent latent on DDIM's scale, √ᾱ · picture + √(1-ᾱ) · ε; not to be changed
     * @param timestep 0 to 999, not always whole
     * @return the predicted ε, a new array
     */
    float[] epsilon(float[] latent, double timestep);
}
