package stablediffusion.model.sampler;

/** Draws fresh noise for samplers that add some, in the order and layout of the latent. */
@FunctionalInterface
public interface NoiseSource {

    /** Returns normally distributed values, as many as the latent has. */
    float[] next();
}
