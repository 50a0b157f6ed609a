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

    /** Called once, before the first step, with the number of bytes of the whole job. */
    void start(long total);

    /** Called after each step with the number of bytes that it has completed. */
    void advance(long bytes);
}
