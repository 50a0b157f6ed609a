package stablediffusion.model.sampler;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

/**
 * Turns noise into the latent of a picture, step by step. Samplers hold no state: one may serve many runs.
 *
 * <pre>{@code
 * NoiseLevels levels = sampler.noiseLevels(noiseSchedule, Schedule.DISCRETE, 50);
 * float[] latent = sampler.sample(new SamplingContext(noiseSchedule, levels, model, noise, listener), levels.start(noise.next()));
 * }</pre>
 */
public interface Sampler {

    /** Returns the description that it was created from. */
    SamplerType type();

    /**
     * Computes the noise levels of a run.
     *
     * @param schedule {@link Schedule#DISCRETE} for samplers that have a schedule of their own
     * @throws UserException for a number of steps or a schedule that it cannot do
     */
    default NoiseLevels noiseLevels(NoiseSchedule noiseSchedule, Schedule schedule, int steps) {
        if (type().takesSchedule()) {
            return NoiseLevels.ofSigmas(noiseSchedule, schedule.sigmas(noiseSchedule, steps));
        }
        if (schedule != Schedule.DISCRETE) {
            throw new InvalidRequestException("sampler " + type().name() + " has a schedule of its own: omit " + schedule.label()
                    + ", or choose another sampler");
        }
        return ownNoiseLevels(noiseSchedule, steps);
    }

    /** Computes the noise levels of a sampler that has a schedule of its own: those of the original scripts, unless it overrides this. */
    default NoiseLevels ownNoiseLevels(NoiseSchedule noiseSchedule, int steps) {
        return NoiseLevels.ofTimesteps(noiseSchedule, steps);
    }

    /**
     * Takes all steps of a run.
     *
     * @param latent from {@link NoiseLevels#start}
     * @return the latent of the picture
     */
    float[] sample(SamplingContext context, float[] latent);
}
