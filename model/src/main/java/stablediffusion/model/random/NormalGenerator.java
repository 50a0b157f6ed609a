package stablediffusion.model.random;

/**
 * Draws a stream of normally distributed numbers, mean 0 and variance 1. Not for two threads at once.
 */
public interface NormalGenerator {

    /**
     * Returns the next numbers, as one call of {@code torch.randn} draws them. How a stream is divided into calls matters: two calls
     * of 8 do not return the numbers of one call of 16.
     *
     * @param count how many numbers; not negative
     */
    float[] normal(int count);
}
