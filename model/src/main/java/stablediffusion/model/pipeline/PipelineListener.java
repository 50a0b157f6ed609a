package stablediffusion.model.pipeline;

import stablediffusion.model.engine.Tensor;

/**
 * Follows a run of the pipeline, and may end it. Called from the thread that runs it.
 */
public interface PipelineListener {

    /** Follows nothing. */
    PipelineListener NONE = new PipelineListener() {};

    /** Called when a phase begins; the one before it has ended. */
    default void phase(Phase phase) {}

    /** Called with something that the user did not ask for but should know, as a sentence. */
    default void note(String message) {}

    /**
     * Called after each denoising step.
     *
     * @param step from 1 to steps
     * @param steps number of steps of this picture
     * @param denoised the latent of the finished picture as predicted at this step, for a preview
     */
    default void step(int step, int steps, Tensor denoised) {}

    /** Returns whether to end the run with a {@link java.util.concurrent.CancellationException}; called between steps. */
    default boolean cancelled() {
        return false;
    }
}
