package stablediffusion.tornado;

import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Epilogue;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;
import stablediffusion.tornado.kernels.ActivationFunctions;
import stablediffusion.tornado.kernels.ConvolutionParameters;

import java.util.Optional;

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

    static ProductArguments of(Offsets offsets, Operation.Convolution convolution) {
        int parameters = ConvolutionParameters.of(
                convolution.kernel(),
                convolution.stride(),
                convolution.padding().before(),
                convolution.upsample() ? 1 : 0,
                code(convolution.epilogue().activation()),
                terms(true, convolution.epilogue()));
        return of(
                offsets, convolution.input(), convolution.weight(), Optional.of(convolution.bias()), convolution.epilogue(),
                convolution.output(), parameters);
    }

    static ProductArguments of(Offsets offsets, Operation.Linear linear) {
        int parameters = ConvolutionParameters.of(
                1, 1, 0, 0, code(linear.epilogue().activation()), terms(linear.bias().isPresent(), linear.epilogue()));
        return of(offsets, linear.input(), linear.weight(), linear.bias(), linear.epilogue(), linear.output(), parameters);
    }

    static ProductArguments of(Offsets offsets, Operation.GatedLinear linear) {
        int terms = linear.bias().isPresent() ? ConvolutionParameters.BIAS : 0;
        int parameters = ConvolutionParameters.of(1, 1, 0, 0, ActivationFunctions.GEGLU, terms);
        return of(offsets, linear.input(), linear.weight(), linear.bias(), Epilogue.NOTHING, linear.output(), parameters);
    }

    private static ProductArguments of(
            Offsets offsets, Value input, Weight weight, Optional<Weight> bias, Epilogue epilogue, Value output, int parameters) {
        Shape in = input.shape();
        Shape out = output.shape();
        return new ProductArguments(
                offsets.of(input),
                offsets.of(weight),
                bias.map(offsets::of).orElse(-1),
                epilogue.batchBias().map(offsets::of).orElse(-1),
                epilogue.residual().map(offsets::of).orElse(-1),
                offsets.of(output),
                out.batch(),
                in.height(),
                in.width(),
                in.channels(),
                out.height(),
                out.width(),
                out.channels(),
                parameters);
    }

    private static int terms(boolean bias, Epilogue epilogue) {
        return (bias ? ConvolutionParameters.BIAS : 0)
                + (epilogue.batchBias().isPresent() ? ConvolutionParameters.BATCH_BIAS : 0)
                + (epilogue.residual().isPresent() ? ConvolutionParameters.RESIDUAL : 0);
    }

    /** Returns the constant of {@link ActivationFunctions}. */
    static int code(Activation activation) {
        return switch (activation) {
            case NONE -> ActivationFunctions.NONE;
            case SILU -> ActivationFunctions.SILU;
            case QUICK_GELU -> ActivationFunctions.QUICK_GELU;
            case GELU -> ActivationFunctions.GELU;
        };
    }

    int[] offsets() {
        return new int[] {input, weight, bias, batchBias, residual, output};
    }

    /** Returns true for GEGLU: the weight has twice the columns of the output. */
    boolean gated() {
        return ConvolutionParameters.activation(parameters) == ActivationFunctions.GEGLU;
    }

    /** Returns the number of rows of the output: pixels or tokens of all items of the batch. */
    int rows() {
        return batch * outHeight * outWidth;
    }
}
