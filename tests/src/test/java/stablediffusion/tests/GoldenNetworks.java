package stablediffusion.tests;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;
import stablediffusion.model.testing.OutputAssertions;
import stablediffusion.model.weights.Blob;
import stablediffusion.model.weights.Weights;
import stablediffusion.tests.SafetensorsFile.TensorValues;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Holds the reference values of the four networks in a file: inputs and expected outputs.
 */
record GoldenNetworks(SafetensorsFile file, Configuration configuration) {

    /** Names a network and the tensors of its reference run: those of the graph's inputs and that of its output. */
    enum Network {
        CLIP("context", Map.of(ClipTextEncoder.IDS, "ids")) {
            @Override
            Graph graph(Configuration configuration, Shape input) {
                return ClipTextEncoder.graph(configuration.text(), input.batch());
            }
        },
        UNET("eps", Map.of(Unet.LATENT, "x", Unet.TIMESTEPS, "t", Unet.CONTEXT, "context")) {
            @Override
            Graph graph(Configuration configuration, Shape input) {
                return Unet.graph(configuration.unet(), input.batch(), input.height(), input.width(), configuration.text().positions());
            }
        },
        VAE_DECODER("image", Map.of(Vae.LATENT, "z")) {
            @Override
            Graph graph(Configuration configuration, Shape input) {
                return Vae.decoder(configuration.vae(), input.batch(), input.height(), input.width());
            }
        },
        VAE_ENCODER("moments", Map.of(Vae.PIXELS, "pixels")) {
            @Override
            Graph graph(Configuration configuration, Shape input) {
                return Vae.encoder(configuration.vae(), input.batch(), input.height(), input.width());
            }
        };

        private final String output;
        private final Map<String, String> inputs;

        Network(String output, Map<String, String> inputs) {
            this.output = output;
            this.inputs = inputs;
        }

        /** @param input the shape of the first input */
        abstract Graph graph(Configuration configuration, Shape input);

        private String firstInput() {
            return switch (this) {
                case CLIP -> "ids";
                case UNET -> "x";
                case VAE_DECODER -> "z";
                case VAE_ENCODER -> "pixels";
            };
        }
    }

    static GoldenNetworks of(SafetensorsFile file) {
        return new GoldenNetworks(file, configuration(file.metadata().get("config")));
    }

    /** Returns the shapes of all weights in a checkpoint, by name. */
    Map<String, List<Integer>> checkpointShapes() {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        Blob.allWeights(configuration).forEach(weight -> shapes.put(weight.name(), weight.checkpointShape()));
        return shapes;
    }

    /** Runs a network and compares its output with the reference. */
    void check(Network network, Engine engine, Weights weights, double tolerance) {
        Graph graph = network.graph(configuration, shape(network.firstInput()));
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        network.inputs.forEach((input, name) -> inputs.put(input, tensor(name)));
        Tensor expected = tensor(network.output);
        try (Executable executable = engine.compile(graph, weights)) {
            // A second run shows what the first left in the buffers.
            for (String run : List.of("first run", "second run")) {
                Tensor output = executable.run(inputs);
                OutputAssertions.assertClose(expected, output, tolerance, graph.name() + ", " + run);
            }
        }
    }

    /** Returns a tensor as NHWC. Pictures are stored with channels first; the rest is tokens or vectors. */
    private Tensor tensor(String name) {
        TensorValues values = file.tensors().get(name);
        assertTrue(values != null, "no tensor " + name);
        Shape shape = shape(name);
        return values.shape().size() == 4 ? Tensor.fromChannelsFirst(shape, values.values()) : new Tensor(shape, values.values());
    }

    private Shape shape(String name) {
        List<Integer> shape = file.tensors().get(name).shape();
        return switch (shape.size()) {
            case 1 -> Shape.vector(shape.get(0), 1);
            case 2 -> Shape.sequence(shape.get(0), shape.get(1), 1);
            case 3 -> Shape.sequence(shape.get(0), shape.get(1), shape.get(2));
            case 4 -> new Shape(shape.get(0), shape.get(2), shape.get(3), shape.get(1));
            default -> throw new IllegalArgumentException(name + " has shape " + shape);
        };
    }

    private static Configuration configuration(String json) {
        JsonNode config = JsonMapper.shared().readTree(json);
        JsonNode text = config.required("text");
        JsonNode unet = config.required("unet");
        JsonNode vae = config.required("vae");
        List<Integer> multipliers = integers(unet.required("channel_mult"));
        List<Integer> attention = integers(unet.required("attention_resolutions"));
        List<Boolean> attentionLevels = new ArrayList<>();
        for (int level = 0; level < multipliers.size(); level++) {
            attentionLevels.add(attention.contains(1 << level));
        }
        return new Configuration(
                new Configuration.Text(text.get(0).asInt(), text.get(1).asInt(), 49408, 77),
                new Configuration.Unet(
                        4,
                        unet.required("model_channels").asInt(),
                        multipliers,
                        unet.required("num_res_blocks").asInt(),
                        attentionLevels,
                        unet.required("context_dim").asInt()),
                new Configuration.Vae(4, vae.get(0).asInt(), integers(vae.get(1)), vae.get(2).asInt()),
                64);
    }

    private static List<Integer> integers(JsonNode array) {
        return array.valueStream().map(JsonNode::asInt).toList();
    }
}
