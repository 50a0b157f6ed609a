package stablediffusion.tornado.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Computes what follows a product's sum, inlined into the kernels. */
final class Epilogue {
    private Epilogue() {}

    /**
     * Stores {@code activation(sum + bias + batchBias) + residual} as an element of the output.
     *
     * @param offsets element offsets of input, weight, bias, batchBias, residual and output
     * @param positions number of rows of an item of the batch
     * @param out number of columns
     * @param parameters see {@link ConvolutionParameters#of}
     */
    static void store(
            FloatArray arena,
            FloatArray vectors,
            IntArray offsets,
            int row,
            int column,
            int positions,
            int out,
            int parameters,
            float sum) {
        float value = sum;
        if (ConvolutionParameters.adds(parameters, ConvolutionParameters.BIAS) != 0) {
            value += vectors.get(offsets.get(2) + column);
        }
        if (ConvolutionParameters.adds(parameters, ConvolutionParameters.BATCH_BIAS) != 0) {
            value += arena.get(offsets.get(3) + row / positions * out + column);
        }
        value = ActivationFunctions.activate(value, ConvolutionParameters.activation(parameters));
        if (ConvolutionParameters.adds(parameters, ConvolutionParameters.RESIDUAL) != 0) {
            value += arena.get(offsets.get(4) + row * out + column);
        }
        arena.set(offsets.get(5) + row * out + column, value);
    }
}
