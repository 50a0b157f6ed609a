package stablediffusion.tornado.kernels;

/**
 * The small numbers of a convolution's window and of a product's epilogue in one scalar. Scalars become constants of the compiled
 * kernel, so unpacking costs nothing there.
 */
public final class Window {
    public static final int NO_ACTIVATION = 0;
    public static final int SILU = 1;
    public static final int QUICK_GELU = 2;
    public static final int GELU = 3;

    public static final int BIAS = 1;
    public static final int BATCH_BIAS = 2;
    public static final int RESIDUAL = 4;

    private Window() {}

    /**
     * @param kernel edge of the window, 1 for a matrix product
     * @param before zeros above and to the left of the picture; those below and to the right follow from the output's size
     * @param upsample 1: the picture is doubled before the window slides over it, else 0
     * @param activation one of the constants above
     * @param terms which of bias, batch bias and residual are added: the sum of their constants
     */
    public static int of(int kernel, int stride, int before, int upsample, int activation, int terms) {
        return kernel | stride << 4 | before << 8 | upsample << 12 | activation << 16 | terms << 20;
    }

    public static int edge(int window) {
        return window & 15;
    }

    static int stride(int window) {
        return window >> 4 & 15;
    }

    static int before(int window) {
        return window >> 8 & 15;
    }

    static int upsample(int window) {
        return window >> 12 & 15;
    }

    static int activation(int window) {
        return window >> 16 & 15;
    }

    static int adds(int window, int term) {
        return window >> 20 & term;
    }
}
