package stablediffusion.cpu;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;

/** Runs a graph as its definitions say, in doubles, one number after the other. */
final class NaiveNetwork {
    private final Weights weights;
    private final Map<Value, double[]> values = new HashMap<>();

    private NaiveNetwork(Weights weights) {
        this.weights = weights;
    }

    static double[] run(Graph graph, Weights weights, Map<String, Tensor> inputs) {
        NaiveNetwork network = new NaiveNetwork(weights);
        graph.inputs().forEach(input -> network.values.put(input, doubles(inputs.get(input.name()).values())));
        graph.operations().forEach(operation -> network.values.put(operation.output(), network.compute(operation)));
        return network.values.get(graph.output());
    }

    private double[] compute(Operation operation) {
        return switch (operation) {
            case Operation.Convolution convolution -> convolution(convolution);
            case Operation.Linear linear -> linear(linear.input(), linear.weight(), linear.bias().orElse(null));
            case Operation.GroupNorm norm -> groupNorm(norm);
            case Operation.LayerNorm norm -> layerNorm(norm);
            case Operation.Attention attention -> attention(attention);
            case Operation.Geglu geglu -> geglu(geglu);
            case Operation.Activate activate -> activate(activate);
            case Operation.Add add -> add(add);
            case Operation.AddBatchBias add -> addBatchBias(add);
            case Operation.Concat concat -> concat(concat);
            case Operation.Upsample upsample -> upsample(upsample);
            case Operation.TimestepEmbedding embedding -> timesteps(embedding);
            case Operation.TokenEmbedding embedding -> tokens(embedding);
            case Operation.GatedLinear _ -> throw new IllegalArgumentException("the reference takes graphs as they are built");
        };
    }

    private double[] convolution(Operation.Convolution convolution) {
        Shape in = convolution.input().shape();
        Shape out = convolution.output().shape();
        double[] x = values.get(convolution.input());
        double[] w = read(convolution.weight());
        double[] b = read(convolution.bias());
        int kernel = convolution.kernel();
        double[] y = new double[out.size()];
        for (int n = 0; n < out.batch(); n++) {
            for (int oy = 0; oy < out.height(); oy++) {
                for (int ox = 0; ox < out.width(); ox++) {
                    for (int co = 0; co < out.channels(); co++) {
                        double sum = b[co];
                        for (int ky = 0; ky < kernel; ky++) {
                            for (int kx = 0; kx < kernel; kx++) {
                                int iy = oy * convolution.stride() + ky - convolution.padding().before();
                                int ix = ox * convolution.stride() + kx - convolution.padding().before();
                                if (iy < 0 || ix < 0 || iy >= in.height() || ix >= in.width()) {
                                    continue;
                                }
                                for (int ci = 0; ci < in.channels(); ci++) {
                                    sum += x[index(in, n, iy, ix, ci)]
                                            * w[((ky * kernel + kx) * in.channels() + ci) * out.channels() + co];
                                }
                            }
                        }
                        y[index(out, n, oy, ox, co)] = sum;
                    }
                }
            }
        }
        return y;
    }

    private double[] linear(Value input, Weight weight, Weight bias) {
        int in = weight.shape().get(0);
        int out = weight.shape().get(1);
        double[] x = values.get(input);
        double[] w = read(weight);
        double[] b = bias == null ? new double[out] : read(bias);
        double[] y = new double[input.shape().rows() * out];
        for (int row = 0; row < input.shape().rows(); row++) {
            for (int o = 0; o < out; o++) {
                double sum = b[o];
                for (int i = 0; i < in; i++) {
                    sum += x[row * in + i] * w[i * out + o];
                }
                y[row * out + o] = sum;
            }
        }
        return y;
    }

    private double[] groupNorm(Operation.GroupNorm norm) {
        Shape shape = norm.input().shape();
        double[] x = values.get(norm.input());
        double[] w = read(norm.weight());
        double[] b = read(norm.bias());
        double[] y = new double[x.length];
        int size = shape.channels() / norm.groups();
        for (int n = 0; n < shape.batch(); n++) {
            for (int group = 0; group < norm.groups(); group++) {
                double sum = 0;
                double squares = 0;
                for (int p = 0; p < shape.positions(); p++) {
                    for (int c = group * size; c < (group + 1) * size; c++) {
                        sum += x[(n * shape.positions() + p) * shape.channels() + c];
                    }
                }
                double mean = sum / (size * shape.positions());
                for (int p = 0; p < shape.positions(); p++) {
                    for (int c = group * size; c < (group + 1) * size; c++) {
                        squares += Math.pow(x[(n * shape.positions() + p) * shape.channels() + c] - mean, 2);
                    }
                }
                double deviation = Math.sqrt(squares / (size * shape.positions()) + norm.epsilon());
                for (int p = 0; p < shape.positions(); p++) {
                    for (int c = group * size; c < (group + 1) * size; c++) {
                        int i = (n * shape.positions() + p) * shape.channels() + c;
                        y[i] = apply(norm.activation(), (x[i] - mean) / deviation * w[c] + b[c]);
                    }
                }
            }
        }
        return y;
    }

    private double[] layerNorm(Operation.LayerNorm norm) {
        int channels = norm.input().shape().channels();
        double[] x = values.get(norm.input());
        double[] w = read(norm.weight());
        double[] b = read(norm.bias());
        double[] y = new double[x.length];
        for (int row = 0; row < norm.input().shape().rows(); row++) {
            double mean = 0;
            double variance = 0;
            for (int c = 0; c < channels; c++) {
                mean += x[row * channels + c] / channels;
            }
            for (int c = 0; c < channels; c++) {
                variance += Math.pow(x[row * channels + c] - mean, 2) / channels;
            }
            for (int c = 0; c < channels; c++) {
                y[row * channels + c] = (x[row * channels + c] - mean) / Math.sqrt(variance + norm.epsilon()) * w[c] + b[c];
            }
        }
        return y;
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
        for (int n = 0; n < queries.batch(); n++) {
            for (int head = 0; head < attention.heads(); head++) {
                for (int i = 0; i < queries.positions(); i++) {
                    int limit = attention.causal() ? i + 1 : keys.positions();
                    int row = (n * queries.positions() + i) * channels + head * size;
                    double[] scores = new double[limit];
                    double max = Double.NEGATIVE_INFINITY;
                    for (int j = 0; j < limit; j++) {
                        for (int c = 0; c < size; c++) {
                            scores[j] += q[row + c] * k[(n * keys.positions() + j) * channels + head * size + c] / Math.sqrt(size);
                        }
                        max = Math.max(max, scores[j]);
                    }
                    double sum = 0;
                    for (int j = 0; j < limit; j++) {
                        scores[j] = Math.exp(scores[j] - max);
                        sum += scores[j];
                    }
                    for (int j = 0; j < limit; j++) {
                        for (int c = 0; c < size; c++) {
                            y[row + c] += scores[j] / sum * v[(n * keys.positions() + j) * channels + head * size + c];
                        }
                    }
                }
            }
        }
        return y;
    }

    private double[] geglu(Operation.Geglu geglu) {
        double[] x = values.get(geglu.input());
        int channels = geglu.output().shape().channels();
        double[] y = new double[geglu.output().shape().size()];
        for (int i = 0; i < y.length; i++) {
            int left = i / channels * 2 * channels + i % channels;
            y[i] = x[left] * apply(Activation.GELU, x[left + channels]);
        }
        return y;
    }

    private double[] activate(Operation.Activate activate) {
        double[] y = values.get(activate.input()).clone();
        for (int i = 0; i < y.length; i++) {
            y[i] = apply(activate.activation(), y[i]);
        }
        return y;
    }

    private double[] add(Operation.Add add) {
        double[] y = values.get(add.left()).clone();
        for (int i = 0; i < y.length; i++) {
            y[i] += values.get(add.right())[i];
        }
        return y;
    }

    private double[] addBatchBias(Operation.AddBatchBias add) {
        Shape shape = add.input().shape();
        double[] y = values.get(add.input()).clone();
        for (int i = 0; i < y.length; i++) {
            int item = i / (shape.positions() * shape.channels());
            y[i] += values.get(add.batchBias())[item * shape.channels() + i % shape.channels()];
        }
        return y;
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
        double[] y = new double[out.size()];
        for (int i = 0; i < y.length; i++) {
            int c = i % out.channels();
            int x = i / out.channels() % out.width();
            int row = i / out.channels() / out.width();
            y[i] = values.get(upsample.input())[index(in, row / out.height(), row % out.height() / 2, x / 2, c)];
        }
        return y;
    }

    private double[] timesteps(Operation.TimestepEmbedding embedding) {
        int channels = embedding.output().shape().channels();
        int half = channels / 2;
        double[] y = new double[embedding.output().shape().size()];
        for (int i = 0; i < y.length; i++) {
            double angle = values.get(embedding.timesteps())[i / channels] * Math.exp(-Math.log(10000) * (i % half) / half);
            y[i] = i % channels < half ? Math.cos(angle) : Math.sin(angle);
        }
        return y;
    }

    private double[] tokens(Operation.TokenEmbedding embedding) {
        Shape shape = embedding.output().shape();
        double[] tokens = read(embedding.tokens());
        double[] positions = read(embedding.positions());
        double[] y = new double[shape.size()];
        for (int i = 0; i < y.length; i++) {
            int row = i / shape.channels();
            int c = i % shape.channels();
            int id = (int) values.get(embedding.ids())[row];
            y[i] = tokens[id * shape.channels() + c] + positions[row % shape.positions() * shape.channels() + c];
        }
        return y;
    }

    private static double apply(Activation activation, double x) {
        return switch (activation) {
            case NONE -> x;
            case SILU -> x / (1 + Math.exp(-x));
            case QUICK_GELU -> x / (1 + Math.exp(-1.702 * x));
            case GELU -> x * (1 + erf(x / Math.sqrt(2))) / 2;
        };
    }

    /** The Taylor series where it converges fast; beyond 5, 1 to within 2e-12. */
    private static double erf(double x) {
        if (Math.abs(x) > 5) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    private static int index(Shape shape, int n, int y, int x, int c) {
        return ((n * shape.height() + y) * shape.width() + x) * shape.channels() + c;
    }

    private double[] read(Weight weight) {
        try (Arena arena = Arena.ofConfined()) {
            return doubles(weights.read(weight, arena).toFloats());
        }
    }

    private static double[] doubles(float[] floats) {
        double[] doubles = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }
}
