package stablediffusion.tornado;

/**
 * Holds the arguments of a matrix product or convolution: the element offsets of its tensors and its sizes. The weight lies in the task
 * graph's matrices, the bias in its vectors, everything else in the arena; the offset of a tensor that is absent is -1.
 *
 * @param in number of input channels
 * @param out number of output channels
 * @param parameters convolution and epilogue, see {@link stablediffusion.tornado.kernels.ConvolutionParameters#of}
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

    /** Returns the number of rows of the output: pixels or tokens of all items of the batch. */
    int rows() {
        return batch * outHeight * outWidth;
    }
}
