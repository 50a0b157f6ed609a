package stablediffusion.tornado.kernels;

/**
 * Packs the small parameters of a convolution and of its epilogue into one scalar argument. A matrix product is a convolution with a
 * kernel of 1 x 1. Scalars become constants of the compiled kernel, so unpacking costs nothing there.
 */
public final class ConvolutionParameters {
    public static final int BIAS = 1;
    public static final int BATCH_BIAS = 2;
    public static final int RESIDUAL = 4;

    private ConvolutionParameters() {}

    /**
     * Packs the parameters, each from 0 to 15.
     *
     * @param kernelSize height and width of the convolution's kernel, 1 for a matrix product
     * @param padding rows of zeros above and columns of zeros to the left of the input; those below and to the right follow from the
     *     output's size
     * @param upsample 1 if the input is first doubled in height and width, else 0
     * @param activation one of the constants of {@link ActivationFunctions}
     * @param terms which of bias, batch bias and residual are added: the sum of their constants
     */
    public static int of(int kernelSize, int stride, int padding, int upsample, int activation, int terms) {
        return kernelSize | stride << 4 | padding << 8 | upsample << 12 | activation << 16 | terms << 20;
    }

    public static int kernelSize(int parameters) {
        return parameters & 15;
    }

    static int stride(int parameters) {
        return parameters >> 4 & 15;
    }

    static int padding(int parameters) {
        return parameters >> 8 & 15;
    }

    static int upsample(int parameters) {
        return parameters >> 12 & 15;
    }

    public static int activation(int parameters) {
        return parameters >> 16 & 15;
    }

    /** Returns a number other than 0 if the term is added. */
    static int adds(int parameters, int term) {
        return parameters >> 20 & term;
    }
}
