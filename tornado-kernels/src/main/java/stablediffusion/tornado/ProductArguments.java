package stablediffusion.tornado;

/**
 * A matrix product or convolution with the offsets of everything that it reads and writes, in elements of the arena, of the task
 * graph's matrices or of its vectors; -1 where there is none.
 *
 * @param parameters see {@link stablediffusion.tornado.kernels.ConvolutionParameters#of}
 */
record ProductArguments(
        int input,
        int weight,
        int bias,
        int batchBias,
        int residual,
        int output,
        int batch,
        int inHeight,
        int inWidth,
        int in,
        int outHeight,
        int outWidth,
        int out,
        int parameters) {

    int[] offsets() {
        return new int[] {input, weight, bias, batchBias, residual, output};
    }

    /** Of the output. */
    int rows() {
        return batch * outHeight * outWidth;
    }
}
