package stablediffusion.model.sampler;

/**
 * A way from noise to a picture. Samplers hold no state: one may serve many runs.
 *
 * <pre>{@code
 * Path path = sampler.path(schedule, Spacing.DISCRETE, 50);
 * float[] latent = sampler.sample(new Sampling(schedule, path, model, noise, listener), path.start(noise.next()));
 * }</pre>
 */
public interface Sampler {

    /**
     * The noise levels that it goes through.
     *
     * @throws stablediffusion.model.UserException for a number of steps or a spacing that it cannot do
     */
    Path path(NoiseSchedule schedule, Spacing spacing, int steps);

    /** How often a run along this path calls the network. */
    int calls(Path path);

    /**
     * Goes the whole path.
     *
     * @param latent from {@link Path#start}
     * @return the latent of the picture
     */
    float[] sample(Sampling run, float[] latent);
}
