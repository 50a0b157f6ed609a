package stablediffusion.model.sampler;

/** The trained network, guided: finds the noise in a latent. */
@FunctionalInterface
public interface EpsilonModel {

    /**
     * @param latent on DDIM's scale, √ᾱ · picture + √(1-ᾱ) · ε; not to be changed
     * @param timestep 0 to 999, not always whole
     * @return the predicted ε, a new array
     */
    float[] epsilon(float[] latent, double timestep);
}
