package stablediffusion.model.sampler;

/** Follows the steps of a run: for progress, previews, inpainting and cancelling. */
@FunctionalInterface
public interface StepListener {
    /** Changes nothing. */
    StepListener NONE = Step::latent;

    /**
     * Describes a step that ended.
     *
     * @param index index of the step, from 0
     * @param count number of steps in this run
     * @param level noise level after the step
     * @param latent latent after the step
     * @param denoised the latent of the finished picture as predicted at this step, for previews
     */
    record Step(int index, int count, NoiseLevel level, float[] latent, float[] denoised) {}

    /**
     * Receives a step. May throw, {@link java.util.concurrent.CancellationException} for instance, which ends the run.
     *
     * @return the latent to go on from: the step's own, or, for inpainting, one whose known region is
     *     {@code level().mix(picture, noise)}
     */
    float[] stepDone(Step step);
}
