package stablediffusion.model.network;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;

/**
 * Describes the text encoder of CLIP (Radford et al., 2021; ViT-L/14 in Stable Diffusion): a causal transformer, normalised before each layer.
 * Input {@code ids} [batch, 1, tokens, 1], output the context [batch, 1, tokens, width].
 */
public final class ClipTextEncoder {
    public static final String IDS = "ids";

    static final int HEAD_CHANNELS = 64;
    private static final float EPSILON = 1e-5f;

    private final GraphBuilder net = new GraphBuilder("clip");
    private final Configuration.Text text;

    private ClipTextEncoder(Configuration.Text text) {
        this.text = text;
    }

    /** Builds the graph of the whole encoder. */
    public static Graph graph(Configuration.Text text, int batch) {
        return graph(text, batch, 0);
    }

    /**
     * Builds the graph of the encoder without its last layers.
     *
     * @param skippedLayers number of last layers to leave out ("clip skip" less one); the final norm stays
     */
    public static Graph graph(Configuration.Text text, int batch, int skippedLayers) {
        return new ClipTextEncoder(text).encode(batch, text.layers() - skippedLayers);
    }

    private Graph encode(int batch, int layers) {
        Value ids = net.input(IDS, Shape.sequence(batch, text.positions(), 1));
        Value x = net.tokenEmbedding(
                ids,
                Configuration.TEXT + "embeddings.token_embedding",
                text.vocabulary(),
                Configuration.TEXT + "embeddings.position_embedding",
                text.positions(),
                text.width());
        for (int i = 0; i < layers; i++) {
            x = layer(x, Configuration.TEXT + "encoder.layers." + i + ".");
        }
        return net.build(net.layerNorm(x, Configuration.TEXT + "final_layer_norm", EPSILON));
    }

    private Value layer(Value x, String layer) {
        x = net.add(x, selfAttention(net.layerNorm(x, layer + "layer_norm1", EPSILON), layer + "self_attn."));
        return net.add(x, mlp(net.layerNorm(x, layer + "layer_norm2", EPSILON), layer + "mlp."));
    }

    private Value selfAttention(Value x, String layer) {
        Value query = net.linear(x, layer + "q_proj", text.width());
        Value key = net.linear(x, layer + "k_proj", text.width());
        Value value = net.linear(x, layer + "v_proj", text.width());
        Value attended = net.causalAttention(query, key, value, layer + "attention", text.width() / HEAD_CHANNELS);
        return net.linear(attended, layer + "out_proj", text.width());
    }

    private Value mlp(Value x, String layer) {
        Value hidden = net.quickGelu(net.linear(x, layer + "fc1", 4 * text.width()));
        return net.linear(hidden, layer + "fc2", text.width());
    }
}
