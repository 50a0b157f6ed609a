package stablediffusion.tornado;

import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Epilogue;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.MemoryWeights;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Every operation by its definition, one loop after another, summed in 64 bits: what kernels are held against.
 */
final class Reference {
    private final MemoryWeights weights;
    private final Map<Value, float[]> values = new HashMap<>();

    private Reference(MemoryWeights weights) {
        this.weights = weights;
    }

    static Tensor run(Graph graph, MemoryWeights weights, Map<String, Tensor> inputs) {
        Reference reference = new Reference(weights);
        graph.inputs().forEach(input -> reference.values.put(input, inputs.get(input.name()).values()));
        graph.operations().forEach(operation -> reference.values.put(operation.output(), reference.compute(operation)));
        return new Tensor(graph.output().shape(), reference.values.get(graph.output()));
    }

    private float[] of(Weight weight) {
        return weights.tensors().get(weight.name());
    }

    private float[] compute(Operation operation) {
        Shape shape = operation.output().shape();
        float[] out = new float[shape.size()];
        int channels = shape.channels();
        switch (operation) {
            case Operation.Convolution c -> convolution(c, out);
            case Operation.Linear l -> {
                int in = l.input().shape().channels();
                float[] x = values.get(l.input());
                float[] w = of(l.weight());
                each(out, i -> {
                    double sum = 0;
                    for (int k = 0; k < in; k++) {
                        sum += (double) x[i / channels * in + k] * w[k * channels + i % channels];
                    }
                    return finish(sum, l.bias(), l.epilogue(), shape, i);
                });
            }
            case Operation.GatedLinear g -> throw new IllegalArgumentException("not a network's own operation: " + g);
            case Operation.GroupNorm n -> groupNorm(n, out);
            case Operation.LayerNorm n -> {
                float[] x = values.get(n.input());
                for (int row = 0; row < shape.rows(); row++) {
                    double mean = 0;
                    double variance = 0;
                    for (int c = 0; c < channels; c++) {
                        mean += x[row * channels + c] / (double) channels;
                    }
                    for (int c = 0; c < channels; c++) {
                        variance += Math.pow(x[row * channels + c] - mean, 2) / channels;
                    }
                    for (int c = 0; c < channels; c++) {
                        double value = (x[row * channels + c] - mean) / Math.sqrt(variance + n.epsilon());
                        out[row * channels + c] = (float) (value * of(n.weight())[c] + of(n.bias())[c]);
                    }
                }
            }
            case Operation.Attention a -> attention(a, out);
            case Operation.Geglu g -> {
                float[] x = values.get(g.input());
                each(out, i -> {
                    int from = i / channels * 2 * channels + i % channels;
                    return x[from] * activate(x[from + channels], Activation.GELU);
                });
            }
            case Operation.Activate a -> each(out, i -> activate(values.get(a.input())[i], a.activation()));
            case Operation.Add a -> each(out, i -> (double) values.get(a.left())[i] + values.get(a.right())[i]);
            case Operation.AddBatchBias a -> each(out, i ->
                    (double) values.get(a.input())[i] + values.get(a.batchBias())[i / (shape.positions() * channels) * channels + i % channels]);
            case Operation.Concat c -> {
                int left = c.left().shape().channels();
                int right = c.right().shape().channels();
                each(out, i -> i % channels < left
                        ? values.get(c.left())[i / channels * left + i % channels]
                        : values.get(c.right())[i / channels * right + i % channels - left]);
            }
            case Operation.Upsample u -> {
                Shape in = u.input().shape();
                each(out, i -> {
                    int pixel = i / channels;
                    int x = pixel % shape.width() / 2;
                    int y = pixel / shape.width() % shape.height() / 2;
                    int image = pixel / shape.positions();
                    return values.get(u.input())[((image * in.height() + y) * in.width() + x) * channels + i % channels];
                });
            }
            case Operation.TimestepEmbedding t -> each(out, i -> {
                int half = channels / 2;
                // The original rounds frequency and angle to 32 bits, which shows at an angle of 1000.
                float frequency = (float) Math.exp(-Math.log(10000) * (i % channels % half) / half);
                float angle = values.get(t.timesteps())[i / channels] * frequency;
                return i % channels < half ? Math.cos(angle) : Math.sin(angle);
            });
            case Operation.TokenEmbedding t -> each(out, i -> {
                int row = i / channels;
                int id = (int) values.get(t.ids())[row];
                return (double) of(t.tokens())[id * channels + i % channels]
                        + of(t.positions())[row % shape.positions() * channels + i % channels];
            });
        }
        return out;
    }

    private interface Element {
        double at(int index);
    }

    private static void each(float[] out, Element element) {
        IntStream.range(0, out.length).parallel().forEach(i -> out[i] = (float) element.at(i));
    }

    private void convolution(Operation.Convolution c, float[] out) {
        Shape in = c.input().shape();
        Shape shape = c.output().shape();
        float[] x = values.get(c.input());
        float[] w = of(c.weight());
        int doubled = c.upsample() ? 2 : 1;
        int height = c.upsample() ? shape.height() : in.height();
        int width = c.upsample() ? shape.width() : in.width();
        each(out, i -> {
            int channel = i % shape.channels();
            int pixel = i / shape.channels();
            int image = pixel / shape.positions();
            double sum = 0;
            for (int ky = 0; ky < c.kernel(); ky++) {
                for (int kx = 0; kx < c.kernel(); kx++) {
                    int row = pixel / shape.width() % shape.height() * c.stride() - c.padding().before() + ky;
                    int column = pixel % shape.width() * c.stride() - c.padding().before() + kx;
                    if (row >= 0 && row < height && column >= 0 && column < width) {
                        int from = ((image * in.height() + row / doubled) * in.width() + column / doubled) * in.channels();
                        int weight = (ky * c.kernel() + kx) * in.channels() * shape.channels() + channel;
                        for (int k = 0; k < in.channels(); k++) {
                            sum += (double) x[from + k] * w[weight + k * shape.channels()];
                        }
                    }
                }
            }
            return finish(sum, Optional.of(c.bias()), c.epilogue(), shape, i);
        });
    }

    private double finish(double sum, Optional<Weight> bias, Epilogue epilogue, Shape shape, int i) {
        int channel = i % shape.channels();
        double value = sum + bias.map(weight -> of(weight)[channel]).orElse(0f);
        int vector = i / (shape.positions() * shape.channels()) * shape.channels() + channel;
        value += epilogue.batchBias().map(bias2 -> values.get(bias2)[vector]).orElse(0f);
        return activate(value, epilogue.activation()) + epilogue.residual().map(residual -> values.get(residual)[i]).orElse(0f);
    }

    private void groupNorm(Operation.GroupNorm n, float[] out) {
        Shape shape = n.input().shape();
        float[] x = values.get(n.input());
        int width = shape.channels() / n.groups();
        int count = shape.positions() * width;
        for (int group = 0; group < shape.batch() * n.groups(); group++) {
            int first = group / n.groups() * shape.positions() * shape.channels() + group % n.groups() * width;
            double mean = 0;
            double variance = 0;
            for (int i = 0; i < count; i++) {
                mean += x[first + i / width * shape.channels() + i % width] / (double) count;
            }
            for (int i = 0; i < count; i++) {
                variance += Math.pow(x[first + i / width * shape.channels() + i % width] - mean, 2) / count;
            }
            for (int i = 0; i < count; i++) {
                int at = first + i / width * shape.channels() + i % width;
                int channel = at % shape.channels();
                double value = (x[at] - mean) / Math.sqrt(variance + n.epsilon()) * of(n.weight())[channel] + of(n.bias())[channel];
                out[at] = (float) activate(value, n.activation());
            }
        }
    }

    private void attention(Operation.Attention a, float[] out) {
        Shape queries = a.query().shape();
        Shape keys = a.key().shape();
        int channels = queries.channels();
        int head = a.headChannels();
        float[] q = values.get(a.query());
        float[] k = values.get(a.key());
        float[] v = values.get(a.value());
        IntStream.range(0, queries.rows() * a.heads()).parallel().forEach(item -> {
            int row = item / a.heads();
            int channel = item % a.heads() * head;
            int first = row / queries.positions() * keys.positions();
            int seen = a.causal() ? row % queries.positions() + 1 : keys.positions();
            double[] scores = new double[seen];
            for (int j = 0; j < seen; j++) {
                for (int d = 0; d < head; d++) {
                    scores[j] += (double) q[row * channels + channel + d] * k[(first + j) * channels + channel + d] / Math.sqrt(head);
                }
            }
            double maximum = java.util.Arrays.stream(scores).max().orElseThrow();
            double total = java.util.Arrays.stream(scores).map(score -> Math.exp(score - maximum)).sum();
            for (int d = 0; d < head; d++) {
                double sum = 0;
                for (int j = 0; j < seen; j++) {
                    sum += Math.exp(scores[j] - maximum) / total * v[(first + j) * channels + channel + d];
                }
                out[row * channels + channel + d] = (float) sum;
            }
        });
    }

    private static double activate(double x, Activation activation) {
        return switch (activation) {
            case NONE -> x;
            case SILU -> x / (1 + Math.exp(-x));
            case QUICK_GELU -> x / (1 + Math.exp(-1.702 * x));
            case GELU -> x * 0.5 * (1 + erf(x / Math.sqrt(2)));
        };
    }

    /** The Taylor series, exact to 64 bits for the arguments of tests; 1 beyond them. */
    private static double erf(double x) {
        if (Math.abs(x) > 4) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 120; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }
}
