package stablediffusion.model.testing;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Epilogue;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Computes a graph, fused or not, in double precision, each operation by its definition. Outputs of engines are compared with it. */
public final class ReferenceInterpreter {
    private final Weights weights;
    private final Map<Value, double[]> values = new HashMap<>();

    private ReferenceInterpreter(Weights weights) {
        this.weights = weights;
    }

    /**
     * Computes the output of a graph.
     *
     * @param inputs tensors by the names of the graph's inputs
     */
    public static Tensor run(Graph graph, Weights weights, Map<String, Tensor> inputs) {
        ReferenceInterpreter interpreter = new ReferenceInterpreter(weights);
        graph.inputs().forEach(input -> interpreter.values.put(input, doubles(inputs.get(input.name()).values())));
        graph.operations().forEach(operation -> interpreter.values.put(operation.output(), interpreter.compute(operation)));
        return new Tensor(graph.output().shape(), floats(interpreter.values.get(graph.output())));
    }

    private double[] compute(Operation operation) {
        return switch (operation) {
            case Operation.Convolution convolution -> convolution(convolution);
            case Operation.Linear linear -> finish(
                    product(linear.input(), linear.weight(), linear.bias()), linear.epilogue(), linear.output().shape());
            case Operation.GatedLinear linear -> geglu(
                    product(linear.input(), linear.weight(), linear.bias()), linear.output().shape().channels());
            case Operation.GroupNorm norm -> groupNorm(norm);
            case Operation.LayerNorm norm -> layerNorm(norm);
            case Operation.Attention attention -> attention(attention);
            case Operation.Geglu geglu -> geglu(values.get(geglu.input()), geglu.output().shape().channels());
            case Operation.Activate activate -> activate(values.get(activate.input()), activate.activation());
            case Operation.Add add -> add(values.get(add.left()), values.get(add.right()));
            case Operation.AddBatchBias add -> addBatchBias(values.get(add.input()), add.batchBias(), add.output().shape());
            case Operation.Concat concat -> concat(concat);
            case Operation.Upsample upsample -> upsample(upsample);
            case Operation.TimestepEmbedding embedding -> timesteps(embedding);
            case Operation.TokenEmbedding embedding -> tokens(embedding);
        };
    }

    private double[] convolution(Operation.Convolution convolution) {
        Shape in = convolution.input().shape();
        Shape out = convolution.output().shape();
        double[] x = values.get(convolution.input());
        double[] w = read(convolution.weight());
        double[] b = read(convolution.bias());
        int kernel = convolution.kernel();
        // The picture that the kernel moves over: the input, or the input doubled to the size of the output.
        int scale = convolution.upsample() ? 2 : 1;
        int height = convolution.upsample() ? out.height() : in.height();
        int width = convolution.upsample() ? out.width() : in.width();
        double[] y = each(out.size(), i -> {
            int channel = i % out.channels();
            int pixel = i / out.channels();
            int item = pixel / out.positions();
            int top = pixel / out.width() % out.height() * convolution.stride() - convolution.padding().before();
            int left = pixel % out.width() * convolution.stride() - convolution.padding().before();
            double sum = b[channel];
            for (int ky = 0; ky < kernel; ky++) {
                for (int kx = 0; kx < kernel; kx++) {
                    int row = top + ky;
                    int column = left + kx;
                    if (row >= 0 && row < height && column >= 0 && column < width) {
                        int first = ((item * in.height() + row / scale) * in.width() + column / scale) * in.channels();
                        int tap = (ky * kernel + kx) * in.channels();
                        for (int c = 0; c < in.channels(); c++) {
                            sum += x[first + c] * w[(tap + c) * out.channels() + channel];
                        }
                    }
                }
            }
            return sum;
        });
        return finish(y, convolution.epilogue(), out);
    }

    private double[] product(Value input, Weight weight, Optional<Weight> bias) {
        int in = weight.shape().get(0);
        int out = weight.shape().get(1);
        double[] x = values.get(input);
        double[] w = read(weight);
        double[] b = bias.map(this::read).orElse(new double[out]);
        return each(input.shape().rows() * out, i -> {
            int row = i / out;
            int column = i % out;
            double sum = b[column];
            for (int k = 0; k < in; k++) {
                sum += x[row * in + k] * w[k * out + column];
            }
            return sum;
        });
    }

    private double[] finish(double[] product, Epilogue epilogue, Shape shape) {
        double[] biased = epilogue.batchBias().map(bias -> addBatchBias(product, bias, shape)).orElse(product);
        double[] activated = activate(biased, epilogue.activation());
        return epilogue.residual().map(residual -> add(activated, values.get(residual))).orElse(activated);
    }

    private double[] groupNorm(Operation.GroupNorm norm) {
        Shape shape = norm.input().shape();
        double[] x = values.get(norm.input());
        double[] w = read(norm.weight());
        double[] b = read(norm.bias());
        double[] y = new double[x.length];
        int size = shape.channels() / norm.groups();
        for (int group = 0; group < shape.batch() * norm.groups(); group++) {
            int first = group / norm.groups() * shape.positions() * shape.channels() + group % norm.groups() * size;
            int[] members = IntStream.range(0, shape.positions() * size)
                    .map(i -> first + i / size * shape.channels() + i % size)
                    .toArray();
            normalize(x, members, norm.epsilon(), y);
        }
        return activate(each(y.length, i -> y[i] * w[i % shape.channels()] + b[i % shape.channels()]), norm.activation());
    }

    private double[] layerNorm(Operation.LayerNorm norm) {
        int channels = norm.input().shape().channels();
        double[] x = values.get(norm.input());
        double[] w = read(norm.weight());
        double[] b = read(norm.bias());
        double[] y = new double[x.length];
        for (int row = 0; row < norm.input().shape().rows(); row++) {
            normalize(x, IntStream.range(row * channels, (row + 1) * channels).toArray(), norm.epsilon(), y);
        }
        return each(y.length, i -> y[i] * w[i % channels] + b[i % channels]);
    }

    /** Normalizes some elements to mean 0 and variance 1. */
    private static void normalize(double[] x, int[] members, double epsilon, double[] y) {
        double mean = Arrays.stream(members).mapToDouble(i -> x[i]).average().orElseThrow();
        double variance = Arrays.stream(members).mapToDouble(i -> Math.pow(x[i] - mean, 2)).average().orElseThrow();
        for (int i : members) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + epsilon);
        }
    }

    private double[] attention(Operation.Attention attention) {
        Shape queries = attention.query().shape();
        Shape keys = attention.key().shape();
        double[] q = values.get(attention.query());
        double[] k = values.get(attention.key());
        double[] v = values.get(attention.value());
        int channels = queries.channels();
        int size = attention.headChannels();
        double[] y = new double[q.length];
        IntStream.range(0, queries.rows() * attention.heads()).parallel().forEach(i -> {
            int row = i / attention.heads();
            int channel = i % attention.heads() * size;
            int query = row * channels + channel;
            int firstKey = row / queries.positions() * keys.positions() * channels + channel;
            int seen = attention.causal() ? row % queries.positions() + 1 : keys.positions();
            double[] scores = new double[seen];
            for (int j = 0; j < seen; j++) {
                for (int c = 0; c < size; c++) {
                    scores[j] += q[query + c] * k[firstKey + j * channels + c] / Math.sqrt(size);
                }
            }
            double maximum = Arrays.stream(scores).max().orElseThrow();
            double[] exponentials = Arrays.stream(scores).map(score -> Math.exp(score - maximum)).toArray();
            double sum = Arrays.stream(exponentials).sum();
            for (int j = 0; j < seen; j++) {
                for (int c = 0; c < size; c++) {
                    y[query + c] += exponentials[j] / sum * v[firstKey + j * channels + c];
                }
            }
        });
        return y;
    }

    /**
     * Computes GEGLU.
     *
     * @param channels number of channels of the output, half of those of the input
     */
    private static double[] geglu(double[] x, int channels) {
        return each(x.length / 2, i -> {
            int left = i / channels * 2 * channels + i % channels;
            return x[left] * ReferenceActivations.apply(Activation.GELU, x[left + channels]);
        });
    }

    private static double[] activate(double[] x, Activation activation) {
        return each(x.length, i -> ReferenceActivations.apply(activation, x[i]));
    }

    private static double[] add(double[] left, double[] right) {
        return each(left.length, i -> left[i] + right[i]);
    }

    private double[] addBatchBias(double[] x, Value batchBias, Shape shape) {
        double[] bias = values.get(batchBias);
        return each(x.length, i -> {
            int item = i / (shape.positions() * shape.channels());
            return x[i] + bias[item * shape.channels() + i % shape.channels()];
        });
    }

    private double[] concat(Operation.Concat concat) {
        int left = concat.left().shape().channels();
        int right = concat.right().shape().channels();
        double[] y = new double[concat.output().shape().size()];
        for (int row = 0; row < concat.output().shape().rows(); row++) {
            System.arraycopy(values.get(concat.left()), row * left, y, row * (left + right), left);
            System.arraycopy(values.get(concat.right()), row * right, y, row * (left + right) + left, right);
        }
        return y;
    }

    private double[] upsample(Operation.Upsample upsample) {
        Shape in = upsample.input().shape();
        Shape out = upsample.output().shape();
        double[] x = values.get(upsample.input());
        return each(out.size(), i -> {
            int pixel = i / out.channels();
            int column = pixel % out.width() / 2;
            int row = pixel / out.width() % out.height() / 2;
            return x[((pixel / out.positions() * in.height() + row) * in.width() + column) * in.channels() + i % in.channels()];
        });
    }

    private double[] timesteps(Operation.TimestepEmbedding embedding) {
        int channels = embedding.output().shape().channels();
        int half = channels / 2;
        double[] timesteps = values.get(embedding.timesteps());
        return each(embedding.output().shape().size(), i -> {
            // The original rounds frequency and angle to 32 bits, which shows at an angle of 1000.
            float frequency = (float) Math.exp(-Math.log(10000) * (i % channels % half) / half);
            float angle = (float) timesteps[i / channels] * frequency;
            return i % channels < half ? Math.cos(angle) : Math.sin(angle);
        });
    }

    private double[] tokens(Operation.TokenEmbedding embedding) {
        Shape shape = embedding.output().shape();
        double[] ids = values.get(embedding.ids());
        double[] tokens = read(embedding.tokens());
        double[] positions = read(embedding.positions());
        return each(shape.size(), i -> {
            int row = i / shape.channels();
            int channel = i % shape.channels();
            int id = (int) ids[row];
            return tokens[id * shape.channels() + channel] + positions[row % shape.positions() * shape.channels() + channel];
        });
    }

    private static double[] each(int size, IntToDoubleFunction element) {
        return IntStream.range(0, size).parallel().mapToDouble(element).toArray();
    }

    private double[] read(Weight weight) {
        try (Arena arena = Arena.ofConfined()) {
            return doubles(weights.read(weight, arena).toFloats());
        }
    }

    private static double[] doubles(float[] floats) {
        return each(floats.length, i -> floats[i]);
    }

    private static float[] floats(double[] doubles) {
        float[] floats = new float[doubles.length];
        for (int i = 0; i < doubles.length; i++) {
            floats[i] = (float) doubles[i];
        }
        return floats;
    }
}
