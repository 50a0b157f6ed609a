package stablediffusion.model.sampler;

/** Told of every step: for progress, previews, inpainting and cancelling. */
@FunctionalInterface
public interface StepListener {
    /** Only watches. */
    StepListener NONE = Step::latent;

    /**
     * What a step has done.
     *
     * @param index from 0
     * @param count steps of this run
     * @param level the noise that is left
     * @param latent where the sampler is
     * @param denoised the latent of the finished picture as predicted at this step, for previews
     */
    record Step(int index, int count, NoiseLevel level, float[] latent, float[] denoised) {}

    /**
     * May throw, {@link java.util.concurrent.CancellationException} for instance: that ends the run.
     *
     * @return the latent to go on from: the step's own, or, for inpainting, one whose known region is
     *     {@code level().mix(picture, noise)}
     */
    float[] stepDone(Step step);
}
