package stablediffusion.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * PyTorch through DJL, which binds neither group_norm nor scaled_dot_product_attention: the first is left out, the second is the usual
 * matmul, softmax, matmul.
 */
final class PyTorchPeer implements Peer {
    private final NDManager manager = NDManager.newBaseManager("PyTorch");

    @Override
    public String name() {
        return "PyTorch";
    }

    private record Ready(NDManager scope, boolean picture, Function<NDManager, NDArray> compute) implements Prepared {
        @Override
        public void run() {
            try (NDManager temporaries = scope.newSubManager()) {
                compute.apply(temporaries);
            }
        }

        @Override
        public float[] output() {
            try (NDManager temporaries = scope.newSubManager()) {
                NDArray result = compute.apply(temporaries);
                return (picture ? result.transpose(0, 2, 3, 1) : result).toFloatArray();
            }
        }

        @Override
        public void close() {
            scope.close();
        }
    }

    @Override
    public Optional<Prepared> prepare(Operation operation, Map<String, Tensor> inputs, Numbers weights) {
        NDManager scope = manager.newSubManager();
        Optional<Prepared> prepared = switch (operation) {
            case Operation.Linear linear -> {
                NDArray x = rows(scope, linear.input(), inputs);
                NDArray weight = scope.create(weights.of(linear.weight()), shape(linear.weight().checkpointShape()));
                NDArray bias = linear.bias().map(vector -> scope.create(weights.of(vector))).orElse(null);
                yield ready(scope, false, () -> x.getNDArrayInternal().linear(x, weight, bias).singletonOrThrow());
            }
            case Operation.Convolution convolution when convolution.padding().equals(Operation.Padding.SAME) -> {
                NDArray x = picture(scope, convolution.input(), inputs);
                NDArray weight = scope.create(weights.of(convolution.weight()), shape(convolution.weight().checkpointShape()));
                NDArray bias = scope.create(weights.of(convolution.bias()));
                Shape stride = new Shape(convolution.stride(), convolution.stride());
                yield ready(scope, true, () -> x.getNDArrayInternal()
                        .convolution(x, weight, bias, stride, new Shape(1, 1), new Shape(1, 1), 1)
                        .singletonOrThrow());
            }
            case Operation.LayerNorm norm -> {
                NDArray x = rows(scope, norm.input(), inputs);
                NDArray weight = scope.create(weights.of(norm.weight()));
                NDArray bias = scope.create(weights.of(norm.bias()));
                Shape channels = new Shape(norm.input().shape().channels());
                yield ready(scope, false, () ->
                        x.getNDArrayInternal().layerNorm(x, channels, weight, bias, norm.epsilon()).singletonOrThrow());
            }
            case Operation.Attention attention when !attention.causal() -> {
                NDArray query = heads(scope, attention.query(), inputs, attention.heads()).mul(1 / Math.sqrt(attention.headChannels()));
                NDArray key = heads(scope, attention.key(), inputs, attention.heads()).transpose(0, 1, 3, 2);
                NDArray value = heads(scope, attention.value(), inputs, attention.heads());
                yield ready(scope, false, () -> query.matMul(key).softmax(3).matMul(value).transpose(0, 2, 1, 3));
            }
            case Operation.Activate activate when activate.activation() == Activation.SILU -> {
                NDArray x = rows(scope, activate.input(), inputs);
                yield ready(scope, false, () -> ai.djl.nn.Activation.swish(x, 1));
            }
            case Operation.Add add -> {
                NDArray left = rows(scope, add.left(), inputs);
                NDArray right = rows(scope, add.right(), inputs);
                yield ready(scope, false, () -> left.add(right));
            }
            default -> Optional.empty();
        };
        if (prepared.isEmpty()) {
            scope.close();
        }
        return prepared;
    }

    private static Optional<Prepared> ready(NDManager scope, boolean picture, Supplier<NDArray> compute) {
        return Optional.of(new Ready(scope, picture, temporaries -> {
            NDArray result = compute.get();
            result.attach(temporaries);
            return result;
        }));
    }

    private static NDArray rows(NDManager scope, Value value, Map<String, Tensor> inputs) {
        return scope.create(inputs.get(value.name()).values(), new Shape(value.shape().rows(), value.shape().channels()));
    }

    private static NDArray picture(NDManager scope, Value value, Map<String, Tensor> inputs) {
        var shape = value.shape();
        return scope.create(
                inputs.get(value.name()).toChannelsFirst(), new Shape(shape.batch(), shape.channels(), shape.height(), shape.width()));
    }

    /** [batch, heads, positions, channels of a head] */
    private static NDArray heads(NDManager scope, Value value, Map<String, Tensor> inputs, int heads) {
        var shape = value.shape();
        return scope.create(
                        inputs.get(value.name()).values(), new Shape(shape.batch(), shape.positions(), heads, shape.channels() / heads))
                .transpose(0, 2, 1, 3)
                .duplicate();
    }

    private static Shape shape(List<Integer> dimensions) {
        return new Shape(dimensions.stream().mapToLong(Integer::longValue).toArray());
    }

    @Override
    public void close() {
        manager.close();
    }
}
