package stablediffusion.model.sampler;

/**
 * A way from noise to a picture. Samplers hold no state: one may serve many runs.
 *
 * <pre>{@code
 * NoiseLevels levels = sampler.noiseLevels(noiseSchedule, Schedule.DISCRETE, 50);
 * float[] latent = sampler.sample(new SamplingContext(noiseSchedule, levels, model, noise, listener), levels.start(noise.next()));
 * }</pre>
 */
public interface Sampler {

    /**
     * Returns the noise levels that it goes through.
     *
     * @throws stablediffusion.model.UserException for a number of steps or a schedule that it cannot do
     */
    NoiseLevels noiseLevels(NoiseSchedule noiseSchedule, Schedule schedule, int steps);

    /** How often a run over these levels calls the network. */
    int calls(NoiseLevels levels);

    /**
     * Takes all steps of a run.
     *
     * @param latent from {@link NoiseLevels#start}
     * @return the latent of the picture
     */
    float[] sample(SamplingContext context, float[] latent);
}
