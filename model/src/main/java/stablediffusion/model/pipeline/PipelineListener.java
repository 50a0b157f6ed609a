package stablediffusion.model.pipeline;

import stablediffusion.model.engine.Tensor;

/**
 * Follows a run of the pipeline, and may end it. Called from the thread that runs it.
 */
public interface PipelineListener {

    /** Follows nothing. */
    PipelineListener NONE = new PipelineListener() {};

    /** A phase begins; the one before it has ended. */
    default void phase(Phase phase) {}

    /** Something that the user did not ask for but should know, in words. */
    default void note(String message) {}

    /**
     * A step of denoising ended.
     *
     * @param step from 1 to steps
     * @param steps number of steps of this picture
     * @param denoised the latent of the finished picture as predicted at this step, for a preview
     */
    default void step(int step, int steps, Tensor denoised) {}

    /** Asked between steps; true ends the run with a {@link java.util.concurrent.CancellationException}. */
    default boolean cancelled() {
        return false;
    }
}
