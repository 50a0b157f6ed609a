package stablediffusion.model.sampler;

/** Fresh noise for samplers that add some, in the order and layout of the latent. */
@FunctionalInterface
public interface NoiseSource {

    /** Normally distributed, as many values as the latent has. */
    float[] next();
}
