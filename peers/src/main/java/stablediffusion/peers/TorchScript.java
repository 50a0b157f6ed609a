package stablediffusion.peers;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Activation;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a graph as a program in TorchScript, with the operators that the published model uses. The program takes two lists: the graph's
 * inputs and its weights.
 */
final class TorchScript {
    /** What the program takes. */
    static final String PARAMETERS = "inputs: List[Tensor], weights: List[Tensor]";

    /** PyTorch's number for 64-bit integers. */
    private static final int INT64 = 4;
    /** PyTorch's number for the order of memory in which the channels of a pixel lie together. */
    private static final int CHANNELS_LAST_ORDER = 2;

    private final StringBuilder code = new StringBuilder();
    private final Variables variables = new Variables(this::convert);
    private final List<Parameter> weights = new ArrayList<>();
    private final Graph graph;
    private final Precision precision;
    private int assigned;

    /** @param shape the shape that the operator expects */
    record Parameter(Weight weight, List<Integer> shape) {}

    /**
     * @param body the statements of the program
     * @param output the layout in which the program returns the graph's output
     */
    record Program(String body, List<Parameter> weights, Layout output) {}

    private TorchScript(Graph graph, Precision precision) {
        this.graph = graph;
        this.precision = precision;
    }

    /** @param precision the type of weights and activations, F32 or BF16 */
    static Program of(Graph graph, Precision precision) {
        return new TorchScript(graph, precision).write();
    }

    private Program write() {
        for (int i = 0; i < graph.inputs().size(); i++) {
            Value input = graph.inputs().get(i);
            Layout layout = Layout.of(graph, input);
            String given = assign("inputs[" + i + "]");
            String ordered = layout == Layout.CHANNELS_FIRST
                    ? assign("torch.contiguous(" + given + ", memory_format=" + CHANNELS_LAST_ORDER + ")")
                    : given;
            variables.put(input, layout, holdsWholeNumbers(input) ? ordered : rounded(ordered));
        }
        graph.operations().forEach(this::write);
        Layout output = variables.layout(List.of(graph.output()));
        code.append(TorchArchive.INDENT).append("return ").append(converted(variables.get(graph.output(), output), Precision.F32));
        return new Program(code.toString(), weights, output);
    }

    private void write(Operation operation) {
        Value output = operation.output();
        Layout first = Layout.CHANNELS_FIRST;
        Layout last = Layout.CHANNELS_LAST;
        switch (operation) {
            case Operation.Convolution convolution -> {
                String x = variables.get(convolution.input(), first);
                Operation.Padding padding = convolution.padding();
                boolean even = padding.before() == padding.after();
                String padded = even ? x : assign("torch.constant_pad_nd(" + x + ", " + Arrays.toString(new int[] {
                    padding.before(), padding.after(), padding.before(), padding.after()
                }) + ")");
                int stride = convolution.stride();
                int border = even ? padding.before() : 0;
                put(output, first, "torch.conv2d(" + padded + ", " + weight(convolution.weight()) + ", " + weight(convolution.bias())
                        + ", [" + stride + ", " + stride + "], [" + border + ", " + border + "])");
            }
            case Operation.Linear linear -> {
                String bias = linear.bias().map(this::weight).orElse("None");
                Layout layout = variables.layout(List.of(linear.input()));
                String x = variables.get(linear.input(), layout);
                switch (layout) {
                    case CHANNELS_FIRST -> put(output, first, "torch.conv2d(" + x + ", " + pointwise(linear.weight()) + ", " + bias + ")");
                    case CHANNELS_LAST -> put(output, last, "torch.linear(" + x + ", " + weight(linear.weight()) + ", " + bias + ")");
                }
            }
            case Operation.GroupNorm norm -> put(output, first, "torch.group_norm(" + variables.get(norm.input(), first) + ", "
                    + norm.groups() + ", " + weight(norm.weight()) + ", " + weight(norm.bias()) + ", " + norm.epsilon() + ")");
            case Operation.LayerNorm norm -> put(output, last, "torch.layer_norm(" + variables.get(norm.input(), last) + ", ["
                    + norm.input().shape().channels() + "], " + weight(norm.weight()) + ", " + weight(norm.bias()) + ", "
                    + norm.epsilon() + ")");
            case Operation.Attention attention -> {
                String attended = assign("torch.scaled_dot_product_attention(" + heads(attention, attention.query()) + ", "
                        + heads(attention, attention.key()) + ", " + heads(attention, attention.value()) + ", None, 0., "
                        + (attention.causal() ? "True" : "False") + ")");
                put(output, last, "torch.flatten(torch.transpose(" + attended + ", 1, 2), 2)");
            }
            case Operation.Geglu geglu -> {
                Layout layout = variables.layout(List.of(geglu.input()));
                String x = variables.get(geglu.input(), layout);
                int axis = layout.channelAxis();
                int half = output.shape().channels();
                put(output, layout, "torch.mul(torch.narrow(" + x + ", " + axis + ", 0, " + half + "), torch.gelu(torch.narrow("
                        + x + ", " + axis + ", " + half + ", " + half + ")))");
            }
            case Operation.Activate activate -> {
                Layout layout = variables.layout(List.of(activate.input()));
                put(output, layout, activated(activate.activation(), variables.get(activate.input(), layout)));
            }
            case Operation.Add add -> {
                Layout layout = variables.layout(add.inputs());
                put(output, layout, "torch.add(" + variables.get(add.left(), layout) + ", " + variables.get(add.right(), layout) + ")");
            }
            case Operation.AddBatchBias add -> {
                Layout layout = variables.layout(List.of(add.input()));
                String bias = variables.get(add.batchBias(), layout);
                put(output, layout, "torch.add(" + variables.get(add.input(), layout) + ", " + bias + ")");
            }
            case Operation.Concat concat -> {
                Layout layout = variables.layout(concat.inputs());
                put(output, layout, "torch.cat([" + variables.get(concat.left(), layout) + ", " + variables.get(concat.right(), layout)
                        + "], " + layout.channelAxis() + ")");
            }
            case Operation.Upsample upsample -> put(output, first, "torch.upsample_nearest2d(" + variables.get(upsample.input(), first)
                    + ", [" + output.shape().height() + ", " + output.shape().width() + "], None, None)");
            case Operation.TimestepEmbedding embedding -> {
                int half = output.shape().channels() / 2;
                String frequencies = assign("torch.exp(torch.mul(torch.arange(" + half + "), " + -Math.log(10000) / half + "))");
                String angles = assign("torch.mul(" + variables.get(embedding.timesteps(), last) + ", " + frequencies + ")");
                String waves = assign("torch.cat([torch.cos(" + angles + "), torch.sin(" + angles + ")], 2)");
                variables.put(output, last, rounded(waves));
            }
            case Operation.TokenEmbedding embedding -> {
                String ids = assign("torch.squeeze(torch.to(" + variables.get(embedding.ids(), last) + ", " + INT64 + "), 2)");
                put(output, last, "torch.add(torch.embedding(" + weight(embedding.tokens()) + ", " + ids + "), torch.narrow("
                        + weight(embedding.positions()) + ", 0, 0, " + output.shape().positions() + "))");
            }
            case Operation.GatedLinear gated -> throw new IllegalArgumentException(gated.output().name() + " is fused");
        }
    }

    /** Returns whether an input's numbers would change if they were rounded: up to 49,407 for tokens, 1,000 for time steps. */
    private boolean holdsWholeNumbers(Value input) {
        return graph.operations().stream()
                .filter(operation -> operation.inputs().contains(input))
                .anyMatch(reader -> reader instanceof Operation.TokenEmbedding || reader instanceof Operation.TimestepEmbedding);
    }

    /** Writes the conversion from 32 bits to the precision of activations. */
    private String rounded(String variable) {
        return precision == Precision.F32 ? variable : assign(converted(variable, precision));
    }

    private static String converted(String variable, Precision wanted) {
        return "torch.to(" + variable + ", " + TorchWeights.type(wanted) + ")";
    }

    private static String activated(Activation activation, String x) {
        return switch (activation) {
            case NONE -> x;
            case SILU -> "torch.silu(" + x + ")";
            case QUICK_GELU -> "torch.mul(" + x + ", torch.sigmoid(torch.mul(" + x + ", 1.702)))";
            case GELU -> "torch.gelu(" + x + ")";
        };
    }

    /** Writes a view of a value as [batch, heads, positions, channels of a head]. */
    private String heads(Operation.Attention attention, Value value) {
        Shape shape = value.shape();
        String dimensions = Arrays.toString(new int[] {shape.batch(), shape.positions(), attention.heads(), attention.headChannels()});
        return assign("torch.transpose(torch.view(" + variables.get(value, Layout.CHANNELS_LAST) + ", " + dimensions + "), 1, 2)");
    }

    private String convert(String variable, Value value, Layout wanted) {
        return assign(switch (wanted) {
            case CHANNELS_LAST -> "torch.transpose(torch.flatten(" + variable + ", 2), 1, 2)";
            case CHANNELS_FIRST ->
                    "torch.reshape(torch.transpose(" + variable + ", 1, 2), " + Arrays.toString(wanted.dimensions(value.shape())) + ")";
        });
    }

    private String weight(Weight weight) {
        return weight(new Parameter(weight, weight.checkpointShape()));
    }

    /** Adds the weight of a linear layer as that of a 1x1 convolution. */
    private String pointwise(Weight weight) {
        return weight(new Parameter(weight, List.of(weight.shape().get(1), weight.shape().get(0), 1, 1)));
    }

    private String weight(Parameter parameter) {
        weights.add(parameter);
        return "weights[" + (weights.size() - 1) + "]";
    }

    private void put(Value value, Layout layout, String expression) {
        variables.put(value, layout, assign(expression));
    }

    /** Writes an assignment and returns the new variable. */
    private String assign(String expression) {
        String variable = "x" + assigned++;
        code.append(TorchArchive.INDENT).append(variable).append(" = ").append(expression);
        return variable;
    }
}
