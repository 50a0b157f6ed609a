package stablediffusion.model.random;

/**
 * A stream of normally distributed numbers, mean 0 and variance 1. Not for two threads at once.
 */
public interface NormalGenerator {

    /**
     * The next numbers, as one call of {@code torch.randn} draws them. How a stream is cut into calls matters: two calls of 8
     * do not give the numbers of one call of 16.
     *
     * @param count how many; not negative
     */
    float[] normal(int count);
}
