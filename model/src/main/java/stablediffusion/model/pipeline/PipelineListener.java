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
     * @param steps number of steps of this run
     * @param denoised the latents of the finished pictures as predicted at this step, for previews; one item for each picture
     */
    default void step(int step, int steps, Tensor denoised) {}

    /**
     * Called when a picture is finished, before the next one of its batch is decoded.
     *
     * @param index from 0
     */
    default void finished(int index, PipelineResult result) {}

    /**
     * Returns whether to end the run with a {@link java.util.concurrent.CancellationException}; called between steps, and before a picture is
     * decoded.
     */
    default boolean cancelled() {
        return false;
    }
}
