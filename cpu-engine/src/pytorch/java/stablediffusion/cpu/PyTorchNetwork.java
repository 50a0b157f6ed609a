package stablediffusion.cpu;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.Weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;

/**
 * A graph run by PyTorch in f32, operation by operation, in its own layout: pictures are NCHW, tokens [batch, length, channels].
 * DJL binds neither group_norm nor scaled_dot_product_attention: the first is layer_norm over a group and batch_norm for its scale
 * and shift; the second the usual matmul, softmax, matmul, a head of one item at a time.
 */
final class PyTorchNetwork implements AutoCloseable {
    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final Graph graph;
    private final Map<Weight, NDArray> weights = new HashMap<>();
    private final Map<Value, Integer> lastReaders = new HashMap<>();

    PyTorchNetwork(Graph graph, Weights source) {
        this.graph = graph;
        for (Weight weight : graph.weights()) {
            try (Arena arena = Arena.ofConfined()) {
                float[] numbers = source.read(weight, arena).toFloats();
                weights.put(weight, layout(weight, manager.create(numbers, shape(weight))));
            }
        }
        for (int i = 0; i < graph.operations().size(); i++) {
            for (Value value : graph.operations().get(i).inputs()) {
                lastReaders.put(value, i);
            }
        }
    }

    private static Shape shape(Weight weight) {
        return new Shape(weight.shape().stream().mapToLong(Integer::longValue).toArray());
    }

    /** To the order of dimensions that PyTorch's layers have. */
    private static NDArray layout(Weight weight, NDArray stored) {
        return switch (weight.layout()) {
            case CONVOLUTION -> copied(stored, stored.transpose(3, 2, 0, 1));
            case LINEAR -> copied(stored, stored.transpose(1, 0));
            case TABLE, VECTOR -> stored;
        };
    }

    private static NDArray copied(NDArray stored, NDArray transposed) {
        NDArray copy = transposed.duplicate();
        transposed.close();
        stored.close();
        return copy;
    }

    /** The output in the order of the graph's shape, NHWC. */
    float[] run(Map<String, Tensor> inputs) {
        try (NDManager scope = manager.newSubManager()) {
            Map<Value, NDArray> values = new HashMap<>();
            for (Value input : graph.inputs()) {
                Tensor tensor = inputs.get(input.name());
                values.put(input, picture(input)
                        ? scope.create(tensor.toChannelsFirst(), dimensions(input))
                        : scope.create(tensor.values(), dimensions(input)));
            }
            for (int i = 0; i < graph.operations().size(); i++) {
                Operation operation = graph.operations().get(i);
                try (NDManager temporaries = scope.newSubManager()) {
                    operation.inputs().forEach(value -> values.get(value).tempAttach(temporaries));
                    NDArray result = compute(operation, values);
                    result.attach(scope);
                    values.put(operation.output(), result);
                }
                for (Value value : operation.inputs()) {
                    if (lastReaders.get(value) == i && !value.equals(graph.output()) && values.containsKey(value)) {
                        values.remove(value).close();
                    }
                }
            }
            NDArray output = values.get(graph.output());
            return (picture(graph.output()) ? output.transpose(0, 2, 3, 1) : output).toFloatArray();
        }
    }

    private static boolean picture(Value value) {
        return value.shape().height() > 1;
    }

    private static Shape dimensions(Value value) {
        var shape = value.shape();
        return picture(value)
                ? new Shape(shape.batch(), shape.channels(), shape.height(), shape.width())
                : new Shape(shape.batch(), shape.width(), shape.channels());
    }

    private NDArray compute(Operation operation, Map<Value, NDArray> values) {
        return switch (operation) {
            case Operation.Convolution convolution -> convolution(convolution, values.get(convolution.input()));
            case Operation.Linear linear -> linear(linear, values.get(linear.input()));
            case Operation.GroupNorm norm -> groupNorm(norm, values.get(norm.input()));
            case Operation.LayerNorm norm -> {
                NDArray tokens = tokens(norm.input(), values.get(norm.input()));
                Shape channels = new Shape(norm.input().shape().channels());
                NDArray normalized = tokens.getNDArrayInternal()
                        .layerNorm(tokens, channels, weights.get(norm.weight()), weights.get(norm.bias()), norm.epsilon())
                        .singletonOrThrow();
                yield shaped(norm.output(), normalized);
            }
            case Operation.Attention attention -> attention(attention, values);
            case Operation.Geglu geglu -> {
                NDArray x = tokens(geglu.input(), values.get(geglu.input()));
                NDList halves = x.split(2, 2);
                yield shaped(geglu.output(), halves.get(0).mul(ai.djl.nn.Activation.gelu(halves.get(1))));
            }
            case Operation.Activate activate -> activate(activate.activation(), values.get(activate.input()));
            case Operation.Add add -> values.get(add.left()).add(values.get(add.right()));
            case Operation.AddBatchBias add ->
                values.get(add.input()).add(values.get(add.batchBias()).reshape(add.output().shape().batch(), -1, 1, 1));
            case Operation.Concat concat -> values.get(concat.left()).concat(values.get(concat.right()), 1);
            case Operation.Upsample upsample -> {
                NDArray x = values.get(upsample.input());
                long[] size = {upsample.output().shape().height(), upsample.output().shape().width()};
                yield x.getNDArrayInternal().interpolation(size, 0, false);
            }
            case Operation.TimestepEmbedding embedding -> timesteps(embedding, values.get(embedding.timesteps()));
            case Operation.TokenEmbedding embedding -> {
                NDArray ids = values.get(embedding.ids()).toType(DataType.INT64, false).flatten();
                yield weights.get(embedding.tokens())
                        .get(ids)
                        .reshape(dimensions(embedding.output()))
                        .add(weights.get(embedding.positions()));
            }
            case Operation.GatedLinear _ -> throw new IllegalArgumentException("PyTorch takes graphs as they are built");
        };
    }

    private NDArray convolution(Operation.Convolution convolution, NDArray x) {
        boolean after = convolution.padding().equals(Operation.Padding.AFTER);
        NDArray padded = after ? x.pad(new Shape(0, 1, 0, 1), 0) : x;
        long border = after ? 0 : convolution.padding().before();
        return x.getNDArrayInternal()
                .convolution(
                        padded,
                        weights.get(convolution.weight()),
                        weights.get(convolution.bias()),
                        new Shape(convolution.stride(), convolution.stride()),
                        new Shape(border, border),
                        new Shape(1, 1),
                        1)
                .singletonOrThrow();
    }

    private NDArray linear(Operation.Linear linear, NDArray x) {
        NDArray bias = linear.bias().map(weights::get).orElse(null);
        NDArray tokens = tokens(linear.input(), x);
        return shaped(
                linear.output(), tokens.getNDArrayInternal().linear(tokens, weights.get(linear.weight()), bias).singletonOrThrow());
    }

    private NDArray groupNorm(Operation.GroupNorm norm, NDArray x) {
        var shape = norm.input().shape();
        long size = (long) shape.channels() / norm.groups() * shape.positions();
        NDArray groups = x.reshape((long) shape.batch() * norm.groups(), size);
        NDArray normalized = groups.getNDArrayInternal()
                .layerNorm(groups, new Shape(size), x.getManager().ones(new Shape(size)), x.getManager().zeros(new Shape(size)), norm.epsilon())
                .singletonOrThrow()
                .reshape(x.getShape());
        Shape channels = new Shape(shape.channels());
        return normalized.getNDArrayInternal()
                .batchNorm(
                        normalized,
                        x.getManager().zeros(channels),
                        x.getManager().ones(channels),
                        weights.get(norm.weight()),
                        weights.get(norm.bias()),
                        1,
                        0,
                        0,
                        false)
                .singletonOrThrow();
    }

    private NDArray attention(Operation.Attention attention, Map<Value, NDArray> values) {
        NDArray query = heads(attention, attention.query(), values);
        NDArray key = heads(attention, attention.key(), values);
        NDArray value = heads(attention, attention.value(), values);
        long items = query.getShape().get(0);
        NDList outputs = new NDList();
        float scale = (float) (1 / Math.sqrt(attention.headChannels()));
        for (long i = 0; i < items; i++) {
            NDArray scores = query.get(i).mul(scale).matMul(key.get(i).transpose());
            if (attention.causal()) {
                int length = attention.query().shape().positions();
                NDArray positions = scores.getManager().arange(length);
                NDArray later = positions.reshape(-1, 1).lt(positions.reshape(1, -1));
                scores = scores.add(later.toType(DataType.FLOAT32, false).mul(-1e30f));
            }
            NDArray probabilities = scores.softmax(-1);
            outputs.add(probabilities.matMul(value.get(i)));
            scores.close();
            probabilities.close();
        }
        var shape = attention.output().shape();
        NDArray stacked = NDArrays.stack(outputs)
                .reshape(shape.batch(), attention.heads(), shape.positions(), attention.headChannels())
                .transpose(0, 2, 1, 3)
                .reshape(shape.batch(), shape.positions(), shape.channels());
        return shaped(attention.output(), stacked);
    }

    /** [batch x heads, positions, head channels]. */
    private static NDArray heads(Operation.Attention attention, Value value, Map<Value, NDArray> values) {
        var shape = value.shape();
        return tokens(value, values.get(value))
                .reshape(shape.batch(), shape.positions(), attention.heads(), attention.headChannels())
                .transpose(0, 2, 1, 3)
                .reshape((long) shape.batch() * attention.heads(), shape.positions(), attention.headChannels());
    }

    private static NDArray activate(Activation activation, NDArray x) {
        return switch (activation) {
            case NONE -> x;
            case SILU -> ai.djl.nn.Activation.sigmoid(x).muli(x);
            case QUICK_GELU -> ai.djl.nn.Activation.sigmoid(x.mul(1.702f)).muli(x);
            case GELU -> ai.djl.nn.Activation.gelu(x);
        };
    }

    private static NDArray timesteps(Operation.TimestepEmbedding embedding, NDArray timesteps) {
        int half = embedding.output().shape().channels() / 2;
        NDArray frequencies = timesteps.getManager().arange(half).toType(DataType.FLOAT32, false).mul(-Math.log(10000) / half).exp();
        NDArray angles = timesteps.mul(frequencies.reshape(1, 1, half));
        return angles.cos().concat(angles.sin(), 2);
    }

    /** [batch, positions, channels]; a picture's pixels are brought together, as the original does before its transformers. */
    private static NDArray tokens(Value value, NDArray x) {
        var shape = value.shape();
        return picture(value) ? x.reshape(shape.batch(), shape.channels(), shape.positions()).transpose(0, 2, 1) : x;
    }

    private static NDArray shaped(Value value, NDArray tokens) {
        var shape = value.shape();
        return picture(value)
                ? tokens.transpose(0, 2, 1).reshape(shape.batch(), shape.channels(), shape.height(), shape.width())
                : tokens;
    }

    @Override
    public void close() {
        manager.close();
    }
}
