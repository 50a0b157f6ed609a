package stablediffusion.model.network;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Operation.Padding;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Describes the denoising UNet of latent diffusion (Rombach et al., 2022; CompVis' {@code openaimodel.py}). Inputs {@code latent}
 * [batch, height, width, 4], {@code timesteps} [batch, 1, 1, 1] and {@code context} [batch, 1, tokens, width]; output the predicted
 * noise, of the latent's shape.
 */
public final class Unet {
    public static final String LATENT = "latent";
    public static final String TIMESTEPS = "timesteps";
    public static final String CONTEXT = "context";

    private static final int HEADS = 8;
    private static final float RESIDUAL_EPSILON = 1e-5f;
    private static final float TRANSFORMER_EPSILON = 1e-6f;
    private static final float LAYER_NORM_EPSILON = 1e-5f;

    private final GraphBuilder net = new GraphBuilder("unet");
    private final Configuration.Unet unet;
    private final Value latent;
    private final Value context;
    private final Value timeEmbedding;

    private Unet(Configuration.Unet unet, Shape latentShape, int tokens) {
        this.unet = unet;
        int batch = latentShape.batch();
        latent = net.input(LATENT, latentShape);
        Value timesteps = net.input(TIMESTEPS, Shape.vector(batch, 1));
        context = net.input(CONTEXT, Shape.sequence(batch, tokens, unet.contextWidth()));
        timeEmbedding = timeEmbedding(timesteps);
    }

    /**
     * Builds the graph.
     *
     * @param height height of the latent
     * @param width width of the latent
     * @param tokens number of tokens in the context: 77, or a multiple of it for a long prompt
     */
    public static Graph graph(Configuration.Unet unet, int batch, int height, int width, int tokens) {
        return new Unet(unet, new Shape(batch, height, width, unet.latentChannels()), tokens).denoise();
    }

    private Value timeEmbedding(Value timesteps) {
        int width = 4 * unet.channels();
        Value embedded = net.timestepEmbedding(timesteps, unet.channels());
        Value hidden = net.silu(net.linear(embedded, Configuration.UNET + "time_embed.0", width));
        return net.silu(net.linear(hidden, Configuration.UNET + "time_embed.2", width));
    }

    private Graph denoise() {
        int levels = unet.multipliers().size();
        Deque<Value> skips = new ArrayDeque<>();

        Value x = net.convolution(latent, Configuration.UNET + "input_blocks.0.0", unet.channels());
        skips.push(x);
        int block = 1;
        for (int level = 0; level < levels; level++) {
            int channels = channels(level);
            for (int i = 0; i < unet.residualBlocks(); i++) {
                String layer = Configuration.UNET + "input_blocks." + block++ + ".";
                x = residual(x, layer + "0.", channels);
                if (unet.attentionLevels().get(level)) {
                    x = transformer(x, layer + "1.");
                }
                skips.push(x);
            }
            if (level < levels - 1) {
                x = net.downsample(x, Configuration.UNET + "input_blocks." + block++ + ".0.op", Padding.SAME);
                skips.push(x);
            }
        }

        String middle = Configuration.UNET + "middle_block.";
        x = residual(x, middle + "0.", x.shape().channels());
        x = transformer(x, middle + "1.");
        x = residual(x, middle + "2.", x.shape().channels());

        block = 0;
        for (int level = levels - 1; level >= 0; level--) {
            int channels = channels(level);
            boolean attention = unet.attentionLevels().get(level);
            for (int i = 0; i <= unet.residualBlocks(); i++) {
                String layer = Configuration.UNET + "output_blocks." + block++ + ".";
                x = residual(net.concat(x, skips.pop()), layer + "0.", channels);
                if (attention) {
                    x = transformer(x, layer + "1.");
                }
                if (level > 0 && i == unet.residualBlocks()) {
                    Shape next = skips.peek().shape();
                    x = net.upsample(x, next.height(), next.width());
                    x = net.convolution(x, layer + (attention ? "2" : "1") + ".conv", channels);
                }
            }
        }

        x = net.silu(net.groupNorm(x, Configuration.UNET + "out.0", Configuration.NORM_GROUPS, RESIDUAL_EPSILON));
        return net.build(net.convolution(x, Configuration.UNET + "out.2", unet.latentChannels()));
    }

    private int channels(int level) {
        return unet.channels() * unet.multipliers().get(level);
    }

    private Value residual(Value x, String layer, int channels) {
        Value h = net.silu(net.groupNorm(x, layer + "in_layers.0", Configuration.NORM_GROUPS, RESIDUAL_EPSILON));
        h = net.convolution(h, layer + "in_layers.2", channels);
        h = net.addBatchBias(h, net.linear(timeEmbedding, layer + "emb_layers.1", channels));
        h = net.silu(net.groupNorm(h, layer + "out_layers.0", Configuration.NORM_GROUPS, RESIDUAL_EPSILON));
        h = net.convolution(h, layer + "out_layers.3", channels);
        Value skip = x.shape().channels() == channels ? x : net.linear(x, layer + "skip_connection", channels);
        return net.add(skip, h);
    }

    private Value transformer(Value x, String layer) {
        int channels = x.shape().channels();
        Value h = net.groupNorm(x, layer + "norm", Configuration.NORM_GROUPS, TRANSFORMER_EPSILON);
        h = net.linear(h, layer + "proj_in", channels);
        String block = layer + "transformer_blocks.0.";
        Value self = net.layerNorm(h, block + "norm1", LAYER_NORM_EPSILON);
        h = net.add(h, attention(self, self, block + "attn1."));
        h = net.add(h, attention(net.layerNorm(h, block + "norm2", LAYER_NORM_EPSILON), context, block + "attn2."));
        h = net.add(h, feedForward(net.layerNorm(h, block + "norm3", LAYER_NORM_EPSILON), block + "ff.net."));
        return net.add(x, net.linear(h, layer + "proj_out", channels));
    }

    private Value attention(Value x, Value source, String layer) {
        int channels = x.shape().channels();
        Value query = net.linearWithoutBias(x, layer + "to_q", channels);
        Value key = net.linearWithoutBias(source, layer + "to_k", channels);
        Value value = net.linearWithoutBias(source, layer + "to_v", channels);
        return net.linear(net.attention(query, key, value, layer + "attention", HEADS), layer + "to_out.0", channels);
    }

    private Value feedForward(Value x, String layer) {
        int channels = x.shape().channels();
        Value hidden = net.geglu(net.linear(x, layer + "0.proj", 8 * channels), layer + "0.geglu");
        return net.linear(hidden, layer + "2", channels);
    }
}
