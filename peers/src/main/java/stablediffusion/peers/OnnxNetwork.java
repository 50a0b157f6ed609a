package stablediffusion.peers;

import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;
import stablediffusion.peers.OnnxModel.Attribute;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a graph as an ONNX model, with the operators of the standard. Only attention is an operator of ONNX Runtime, the one that its
 * optimizer puts in place of the products and the softmax of an exported model.
 */
final class OnnxNetwork {
    /** ONNX's number for 64-bit integers. */
    private static final int INT64 = 7;

    private final Graph graph;
    private final OnnxModel model;
    private final Variables variables = new Variables(this::convert);
    private final Map<String, Initializer> weights = new LinkedHashMap<>();

    /**
     * Describes a weight as a node reads it.
     *
     * @param published true for the layout of a checkpoint, false for that of a converted model
     * @param dimensions the shape that the node expects
     */
    record Initializer(Weight weight, boolean published, long... dimensions) {}

    /**
     * Holds a model.
     *
     * @param bytes the model as a file would hold it
     * @param weights the weights to supply, by name
     * @param output the layout of the model's output
     */
    record Model(byte[] bytes, Map<String, Initializer> weights, Layout output) {}

    private OnnxNetwork(Graph graph) {
        this.graph = graph;
        model = new OnnxModel(graph.name());
    }

    static Model of(Graph graph) {
        return new OnnxNetwork(graph).write();
    }

    private Model write() {
        for (Value input : graph.inputs()) {
            Layout layout = Layout.of(graph, input);
            model.input(input.name(), layout.dimensions(input.shape()));
            variables.put(input, layout, input.name());
        }
        graph.operations().forEach(this::write);
        Layout output = variables.layout(List.of(graph.output()));
        model.output(variables.get(graph.output(), output), output.dimensions(graph.output().shape()));
        weights.forEach((name, initializer) -> model.external(name, initializer.dimensions));
        return new Model(model.toBytes(), weights, output);
    }

    private void write(Operation operation) {
        Value output = operation.output();
        Layout first = Layout.CHANNELS_FIRST;
        Layout last = Layout.CHANNELS_LAST;
        switch (operation) {
            case Operation.Convolution convolution -> {
                int before = convolution.padding().before();
                int after = convolution.padding().after();
                variables.put(output, first, model.node(
                        "Conv",
                        List.of(variables.get(convolution.input(), first), published(convolution.weight()), vector(convolution.bias())),
                        new Attribute.Wholes("pads", before, before, after, after),
                        new Attribute.Wholes("strides", convolution.stride(), convolution.stride())));
            }
            case Operation.Linear linear -> linear(linear);
            case Operation.GroupNorm norm -> variables.put(output, first, model.node(
                    "GroupNormalization",
                    List.of(variables.get(norm.input(), first), vector(norm.weight()), vector(norm.bias())),
                    new Attribute.Whole("num_groups", norm.groups()),
                    new Attribute.Fraction("epsilon", norm.epsilon())));
            case Operation.LayerNorm norm -> variables.put(output, last, model.node(
                    "LayerNormalization",
                    List.of(variables.get(norm.input(), last), vector(norm.weight()), vector(norm.bias())),
                    new Attribute.Fraction("epsilon", norm.epsilon())));
            case Operation.Attention attention -> variables.put(output, last, model.microsoftNode(
                    "MultiHeadAttention",
                    attention.inputs().stream().map(value -> variables.get(value, last)).toList(),
                    new Attribute.Whole("num_heads", attention.heads()),
                    new Attribute.Whole("unidirectional", attention.causal() ? 1 : 0)));
            case Operation.Geglu geglu -> {
                Layout layout = variables.layout(geglu.inputs());
                List<String> halves = model.nodes(
                        "Split",
                        List.of(variables.get(geglu.input(), layout)),
                        2,
                        new Attribute.Whole("axis", layout.channelAxis()),
                        new Attribute.Whole("num_outputs", 2));
                String gate = model.node("Gelu", List.of(halves.get(1)));
                variables.put(output, layout, model.node("Mul", List.of(halves.get(0), gate)));
            }
            case Operation.Activate activate -> {
                Layout layout = variables.layout(activate.inputs());
                variables.put(output, layout, activated(activate.activation(), variables.get(activate.input(), layout)));
            }
            case Operation.Add add -> sum(add.left(), add.right(), output, variables.layout(add.inputs()));
            case Operation.AddBatchBias add -> sum(add.input(), add.batchBias(), output, variables.layout(List.of(add.input())));
            case Operation.Concat concat -> {
                Layout layout = variables.layout(concat.inputs());
                variables.put(output, layout, model.node(
                        "Concat",
                        List.of(variables.get(concat.left(), layout), variables.get(concat.right(), layout)),
                        new Attribute.Whole("axis", layout.channelAxis())));
            }
            case Operation.Upsample upsample -> variables.put(output, first, model.node(
                    "Resize",
                    List.of(variables.get(upsample.input(), first), "", "", model.wholes(first.dimensions(output.shape()))),
                    new Attribute.Text("mode", "nearest"),
                    new Attribute.Text("coordinate_transformation_mode", "asymmetric"),
                    new Attribute.Text("nearest_mode", "floor")));
            case Operation.TimestepEmbedding embedding -> {
                String frequencies = model.fractions(frequencies(output.shape().channels() / 2));
                String angles = model.node("Mul", List.of(variables.get(embedding.timesteps(), last), frequencies));
                List<String> waves = List.of(model.node("Cos", List.of(angles)), model.node("Sin", List.of(angles)));
                variables.put(output, last, model.node("Concat", waves, new Attribute.Whole("axis", last.channelAxis())));
            }
            case Operation.TokenEmbedding embedding -> tokens(embedding);
            case Operation.GatedLinear gated -> throw new IllegalArgumentException(gated.output().name() + " is fused");
        }
    }

    /** Writes a linear layer as exported models have it: a 1x1 convolution of a picture, a matrix product of tokens. */
    private void linear(Operation.Linear linear) {
        Layout layout = variables.layout(List.of(linear.input()));
        String x = variables.get(linear.input(), layout);
        int in = linear.weight().shape().get(0);
        int out = linear.weight().shape().get(1);
        variables.put(linear.output(), layout, switch (layout) {
            case CHANNELS_FIRST -> {
                List<String> inputs = new ArrayList<>(List.of(x, weight(linear.weight(), true, out, in, 1, 1)));
                linear.bias().map(this::vector).ifPresent(inputs::add);
                yield model.node("Conv", inputs);
            }
            case CHANNELS_LAST -> {
                String product = model.node("MatMul", List.of(x, weight(linear.weight(), false, in, out)));
                yield linear.bias().map(bias -> model.node("Add", List.of(product, vector(bias)))).orElse(product);
            }
        });
    }

    private void sum(Value left, Value right, Value output, Layout layout) {
        variables.put(output, layout, model.node("Add", List.of(variables.get(left, layout), variables.get(right, layout))));
    }

    private String activated(Activation activation, String x) {
        return switch (activation) {
            case NONE -> x;
            case SILU -> model.node("Mul", List.of(x, model.node("Sigmoid", List.of(x))));
            case QUICK_GELU -> {
                String scaled = model.node("Mul", List.of(x, model.fractions(1.702f)));
                yield model.node("Mul", List.of(x, model.node("Sigmoid", List.of(scaled))));
            }
            case GELU -> model.node("Gelu", List.of(x));
        };
    }

    private static float[] frequencies(int count) {
        float[] frequencies = new float[count];
        for (int i = 0; i < count; i++) {
            frequencies[i] = (float) Math.exp(-Math.log(10000) * i / count);
        }
        return frequencies;
    }

    private void tokens(Operation.TokenEmbedding embedding) {
        Shape shape = embedding.output().shape();
        String whole = model.node(
                "Cast", List.of(variables.get(embedding.ids(), Layout.CHANNELS_LAST)), new Attribute.Whole("to", INT64));
        String ids = model.node("Squeeze", List.of(whole, model.wholes(2)));
        String tokens = model.node("Gather", List.of(published(embedding.tokens()), ids));
        String positions = model.node("Slice", List.of(
                published(embedding.positions()), model.wholes(0), model.wholes(shape.positions()), model.wholes(0)));
        variables.put(embedding.output(), Layout.CHANNELS_LAST, model.node("Add", List.of(tokens, positions)));
    }

    private String convert(String variable, Value value, Layout wanted) {
        Shape shape = value.shape();
        Attribute swap = new Attribute.Wholes("perm", 0, 2, 1);
        return switch (wanted) {
            case CHANNELS_LAST -> {
                String flat = reshape(variable, shape.batch(), shape.channels(), shape.positions());
                yield model.node("Transpose", List.of(flat), swap);
            }
            case CHANNELS_FIRST -> reshape(model.node("Transpose", List.of(variable), swap), wanted.dimensions(shape));
        };
    }

    private String reshape(String variable, long... dimensions) {
        return model.node("Reshape", List.of(variable, model.wholes(dimensions)));
    }

    private String vector(Weight weight) {
        return weight(weight, false, weight.size());
    }

    private String published(Weight weight) {
        return weight(weight, true, weight.checkpointShape().stream().mapToLong(Integer::longValue).toArray());
    }

    private String weight(Weight weight, boolean published, long... dimensions) {
        weights.put(weight.name(), new Initializer(weight, published, dimensions));
        return weight.name();
    }
}
