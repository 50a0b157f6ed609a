package stablediffusion.weights;

/**
 * Told how far a long job is, in bytes; from several threads.
 */
public interface ConversionProgress {
    ConversionProgress NONE = new ConversionProgress() {
        @Override
        public void start(long total) {}

        @Override
        public void advance(long bytes) {}
    };

    /** Once, before the first step. */
    void start(long total);

    /** After each step. */
    void advance(long bytes);
}
