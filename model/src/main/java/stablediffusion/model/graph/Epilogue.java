package stablediffusion.model.graph;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * Describes what a matrix product or convolution does to its result before it is stored:
 * {@code activation(product + bias + batchBias) + residual}. The builder leaves it empty; {@link Fusion} fills it.
 *
 * @param batchBias vector of channels for each item of the batch, [batch, 1, 1, channels]
 * @param residual value of the output's shape
 */
public record Epilogue(Optional<Value> batchBias, Activation activation, Optional<Value> residual) {
    public static final Epilogue NOTHING = new Epilogue(Optional.empty(), Activation.NONE, Optional.empty());

    Stream<Value> inputs() {
        return Stream.concat(batchBias.stream(), residual.stream());
    }
}
