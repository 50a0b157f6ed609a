package stablediffusion;

import stablediffusion.model.pipeline.Phase;

import java.awt.image.BufferedImage;

/**
 * Follows the generation of an image, and can cancel it. All methods are called on the thread that computes, one after another; the
 * computation waits until they return.
 */
public interface GenerationListener {
    /** Does nothing and never cancels. */
    GenerationListener NONE = new GenerationListener() {};

    /** Called when a phase begins; the phase before it has ended. */
    default void phase(Phase phase) {}

    /**
     * Called with what the caller should know although it is not an error, for instance that the VAE runs in tiles.
     *
     * @param message one line for people
     */
    default void note(String message) {}

    /**
     * Called instead of {@link #note(String)} with what concerns one of several images that are made together from different requests.
     *
     * @param image which of them, from 0
     * @param message one line for people
     */
    default void note(int image, String message) {
        note(message);
    }

    /** Called when a denoising step has ended. */
    default void step(Step step) {}

    /** Called when an image is finished; those of a batch are finished one after another. */
    default void finished(GeneratedImage image) {}

    /**
     * Returns whether the generation shall stop. It is asked between steps, and before an image is decoded; {@code true} ends the generation with
     * a {@link java.util.concurrent.CancellationException}.
     */
    default boolean cancelled() {
        return false;
    }

    /** Describes a denoising step that has ended. */
    interface Step {

        /** Returns the number of the step, from 1 to {@link #count}. */
        int number();

        /** Returns how many steps the image, or the batch, takes. */
        int count();

        /** Returns how many images take this step together: 1, or the size of the batch. */
        int images();

        /**
         * Decodes the image that this step predicts. That runs the VAE's decoder, which can take longer than the step itself; it may be called
         * only before {@link GenerationListener#step} returns.
         *
         * @param image which of the images that take this step, from 0
         */
        BufferedImage preview(int image);

        /** Decodes the image, or the first of the batch, that this step predicts; see {@link #preview(int)}. */
        default BufferedImage preview() {
            return preview(0);
        }
    }
}
