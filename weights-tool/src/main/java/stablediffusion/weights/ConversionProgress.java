package stablediffusion.weights;

/**
 * Receives the progress of a long job in bytes, from several threads.
 */
public interface ConversionProgress {
    ConversionProgress NONE = new ConversionProgress() {
        @Override
        public void start(long total) {}

        @Override
        public void advance(long bytes) {}
    };

    /** Begins the job; called once, before the first step, with the bytes of the whole job. */
    void start(long total);

    /** Advances the job; called after each step with the bytes of this step. */
    void advance(long bytes);
}
