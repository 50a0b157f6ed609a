package stablediffusion.model.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Builds the graph of a network, one operation a call. The name of a layer is its name in the checkpoint; its weights are
 * {@code name.weight} and {@code name.bias}. Shapes are checked here: a wrong one is a bug in the network, and the exception names the layer.
 */
public final class GraphBuilder {
    private final String name;
    private final List<Value> inputs = new ArrayList<>();
    private final List<Operation> operations = new ArrayList<>();
    private int values;

    public GraphBuilder(String name) {
        this.name = name;
    }

    public Graph build(Value output) {
        return new Graph(name, inputs, operations, output);
    }

    public Value input(String name, Shape shape) {
        Value value = value(name, shape);
        inputs.add(value);
        return value;
    }

    /** Adds a 3x3 convolution of stride 1, padded to keep the size. */
    public Value convolution(Value x, String layer, int channels) {
        return convolution(x, layer, channels, 1, Operation.Padding.SAME);
    }

    /** Adds a 3x3 convolution of stride 2, which halves the size. */
    public Value downsample(Value x, String layer, Operation.Padding padding) {
        return convolution(x, layer, x.shape().channels(), 2, padding);
    }

    private Value convolution(Value x, String layer, int channels, int stride, Operation.Padding padding) {
        int kernel = 3;
        int border = padding.before() + padding.after() - kernel;
        require(x.shape().height() + border >= 0 && x.shape().width() + border >= 0, layer, "picture " + x.shape() + " is too small");
        Shape shape = new Shape(
                x.shape().batch(),
                (x.shape().height() + border) / stride + 1,
                (x.shape().width() + border) / stride + 1,
                channels);
        return add(new Operation.Convolution(
                x,
                Weight.convolution(layer + ".weight", kernel, x.shape().channels(), channels),
                Weight.vector(layer + ".bias", channels),
                stride,
                padding,
                false,
                Epilogue.NOTHING,
                value(layer, shape)));
    }

    /** Adds a linear layer or a 1x1 convolution. */
    public Value linear(Value x, String layer, int channels) {
        return linear(x, layer, channels, Optional.of(Weight.vector(layer + ".bias", channels)));
    }

    public Value linearWithoutBias(Value x, String layer, int channels) {
        return linear(x, layer, channels, Optional.empty());
    }

    private Value linear(Value x, String layer, int channels, Optional<Weight> bias) {
        Weight weight = Weight.linear(layer + ".weight", x.shape().channels(), channels);
        return add(new Operation.Linear(x, weight, bias, Epilogue.NOTHING, value(layer, x.shape().withChannels(channels))));
    }

    public Value groupNorm(Value x, String layer, int groups, float epsilon) {
        int channels = x.shape().channels();
        require(channels % groups == 0, layer, channels + " channels do not divide into " + groups + " groups");
        return add(new Operation.GroupNorm(
                x,
                Weight.vector(layer + ".weight", channels),
                Weight.vector(layer + ".bias", channels),
                groups,
                epsilon,
                Activation.NONE,
                value(layer, x.shape())));
    }

    public Value layerNorm(Value x, String layer, float epsilon) {
        int channels = x.shape().channels();
        return add(new Operation.LayerNorm(
                x,
                Weight.vector(layer + ".weight", channels),
                Weight.vector(layer + ".bias", channels),
                epsilon,
                value(layer, x.shape())));
    }

    public Value attention(Value query, Value key, Value value, String layer, int heads) {
        return attention(query, key, value, layer, heads, false);
    }

    public Value causalAttention(Value query, Value key, Value value, String layer, int heads) {
        return attention(query, key, value, layer, heads, true);
    }

    private Value attention(Value query, Value key, Value value, String layer, int heads, boolean causal) {
        require(key.shape().equals(value.shape()), layer, "keys " + key.shape() + " and values " + value.shape() + " differ");
        require(
                query.shape().batch() == key.shape().batch() && query.shape().channels() == key.shape().channels(),
                layer,
                "queries " + query.shape() + " do not go with keys " + key.shape());
        require(query.shape().channels() % heads == 0, layer,
                query.shape().channels() + " channels do not divide into " + heads + " heads");
        require(!causal || query.shape().equals(key.shape()), layer, "causal attention is of a sequence to itself");
        return add(new Operation.Attention(query, key, value, heads, causal, value(layer, query.shape())));
    }

    /** Adds a GEGLU, which halves the channels: the first half times the exact GELU of the second. */
    public Value geglu(Value x, String layer) {
        require(x.shape().channels() % 2 == 0, layer, "an odd number of channels");
        return add(new Operation.Geglu(x, value(layer, x.shape().withChannels(x.shape().channels() / 2))));
    }

    public Value silu(Value x) {
        return activate(x, Activation.SILU);
    }

    public Value quickGelu(Value x) {
        return activate(x, Activation.QUICK_GELU);
    }

    private Value activate(Value x, Activation activation) {
        return add(new Operation.Activate(x, activation, value(x.name(), x.shape())));
    }

    public Value add(Value left, Value right) {
        require(left.shape().equals(right.shape()), right.name(), "cannot add " + right.shape() + " to " + left.shape());
        return add(new Operation.Add(left, right, value(right.name(), right.shape())));
    }

    /** Adds a vector of channels, one for each item of the batch, to every pixel. */
    public Value addBatchBias(Value x, Value batchBias) {
        Shape expected = Shape.vector(x.shape().batch(), x.shape().channels());
        require(batchBias.shape().equals(expected), batchBias.name(), batchBias.shape() + " is not " + expected);
        return add(new Operation.AddBatchBias(x, batchBias, value(x.name(), x.shape())));
    }

    public Value concat(Value left, Value right) {
        int channels = left.shape().channels() + right.shape().channels();
        require(
                left.shape().withChannels(channels).equals(right.shape().withChannels(channels)),
                right.name(),
                "cannot concatenate " + right.shape() + " to " + left.shape());
        return add(new Operation.Concat(left, right, value(left.name(), left.shape().withChannels(channels))));
    }

    public Value upsample(Value x) {
        return upsample(x, 2 * x.shape().height(), 2 * x.shape().width());
    }

    /** Doubles height and width, or one less, where the size was odd before it was halved. */
    public Value upsample(Value x, int height, int width) {
        Shape shape = new Shape(x.shape().batch(), height, width, x.shape().channels());
        require(
                (height + 1) / 2 == x.shape().height() && (width + 1) / 2 == x.shape().width(),
                x.name(),
                "cannot double " + x.shape() + " to " + shape);
        return add(new Operation.Upsample(x, value(x.name(), shape)));
    }

    /**
     * Adds the sinusoidal embedding of timesteps.
     *
     * @param timesteps [batch, 1, 1, 1]
     */
    public Value timestepEmbedding(Value timesteps, int channels) {
        require(timesteps.shape().channels() == 1 && channels % 2 == 0, timesteps.name(), "cannot embed " + timesteps.shape());
        return add(new Operation.TimestepEmbedding(timesteps, value(timesteps.name(), timesteps.shape().withChannels(channels))));
    }

    /**
     * Adds the look-up of tokens and positions.
     *
     * @param ids [batch, 1, length, 1]
     */
    public Value tokenEmbedding(Value ids, String tokenLayer, int vocabulary, String positionLayer, int positions, int channels) {
        require(ids.shape().channels() == 1 && ids.shape().positions() <= positions, tokenLayer, "cannot embed " + ids.shape());
        return add(new Operation.TokenEmbedding(
                ids,
                Weight.table(tokenLayer + ".weight", vocabulary, channels),
                Weight.table(positionLayer + ".weight", positions, channels),
                value(tokenLayer, ids.shape().withChannels(channels))));
    }

    private Value value(String name, Shape shape) {
        return new Value(values++, name, shape);
    }

    private Value add(Operation operation) {
        operations.add(operation);
        return operation.output();
    }

    private void require(boolean condition, String layer, String message) {
        if (!condition) {
            throw new IllegalArgumentException(name + ", layer " + layer + ": " + message);
        }
    }
}
