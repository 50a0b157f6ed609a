package stablediffusion.model.network;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Operation.Padding;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;

/**
 * Describes both halves of the autoencoder of latent diffusion (Rombach et al., 2022; CompVis' {@code AutoencoderKL}). A latent of the
 * diffusion is {@link #LATENT_SCALE} times the one that the encoder returns and the decoder takes.
 */
public final class Vae {
    public static final String PIXELS = "pixels";
    public static final String LATENT = "latent";

    /** Brings latents to about unit variance. */
    public static final float LATENT_SCALE = 0.18215f;

    private static final float EPSILON = 1e-6f;

    private final GraphBuilder net;
    private final Configuration.Vae vae;

    private Vae(String name, Configuration.Vae vae) {
        this.net = new GraphBuilder(name);
        this.vae = vae;
    }

    /**
     * Builds the graph from {@code latent} [batch, height, width, 4] to a picture [batch, 8 height, 8 width, 3], nominally in -1 … 1.
     */
    public static Graph decoder(Configuration.Vae vae, int batch, int height, int width) {
        return new Vae("vae decoder", vae).decode(new Shape(batch, height, width, vae.latentChannels()));
    }

    /**
     * Builds the graph from {@code pixels} [batch, height, width, 3] in -1 … 1 to the moments [batch, height / 8, width / 8, 8]: the
     * mean of the latent, then the logarithm of its variance.
     */
    public static Graph encoder(Configuration.Vae vae, int batch, int height, int width) {
        return new Vae("vae encoder", vae).encode(new Shape(batch, height, width, 3));
    }

    private Graph encode(Shape shape) {
        String encoder = Configuration.VAE + "encoder.";
        Value x = net.convolution(net.input(PIXELS, shape), encoder + "conv_in", vae.channels());
        int levels = vae.multipliers().size();
        for (int level = 0; level < levels; level++) {
            String down = encoder + "down." + level + ".";
            for (int i = 0; i < vae.residualBlocks(); i++) {
                x = residual(x, down + "block." + i + ".", channels(level));
            }
            if (level < levels - 1) {
                x = net.downsample(x, down + "downsample.conv", Padding.AFTER);
            }
        }
        x = middle(x, encoder + "mid.");
        x = net.silu(groupNorm(x, encoder + "norm_out"));
        x = net.convolution(x, encoder + "conv_out", 2 * vae.latentChannels());
        return net.build(net.linear(x, Configuration.VAE + "quant_conv", 2 * vae.latentChannels()));
    }

    private Graph decode(Shape shape) {
        String decoder = Configuration.VAE + "decoder.";
        int levels = vae.multipliers().size();
        Value x = net.linear(net.input(LATENT, shape), Configuration.VAE + "post_quant_conv", vae.latentChannels());
        x = net.convolution(x, decoder + "conv_in", channels(levels - 1));
        x = middle(x, decoder + "mid.");
        for (int level = levels - 1; level >= 0; level--) {
            String up = decoder + "up." + level + ".";
            for (int i = 0; i <= vae.residualBlocks(); i++) {
                x = residual(x, up + "block." + i + ".", channels(level));
            }
            if (level > 0) {
                x = net.convolution(net.upsample(x), up + "upsample.conv", channels(level));
            }
        }
        x = net.silu(groupNorm(x, decoder + "norm_out"));
        return net.build(net.convolution(x, decoder + "conv_out", 3));
    }

    private int channels(int level) {
        return vae.channels() * vae.multipliers().get(level);
    }

    private Value middle(Value x, String layer) {
        x = residual(x, layer + "block_1.", x.shape().channels());
        x = attention(x, layer + "attn_1.");
        return residual(x, layer + "block_2.", x.shape().channels());
    }

    private Value residual(Value x, String layer, int channels) {
        Value h = net.convolution(net.silu(groupNorm(x, layer + "norm1")), layer + "conv1", channels);
        h = net.convolution(net.silu(groupNorm(h, layer + "norm2")), layer + "conv2", channels);
        Value skip = x.shape().channels() == channels ? x : net.linear(x, layer + "nin_shortcut", channels);
        return net.add(skip, h);
    }

    private Value attention(Value x, String layer) {
        int channels = x.shape().channels();
        Value h = groupNorm(x, layer + "norm");
        Value query = net.linear(h, layer + "q", channels);
        Value key = net.linear(h, layer + "k", channels);
        Value value = net.linear(h, layer + "v", channels);
        return net.add(x, net.linear(net.attention(query, key, value, layer + "attention", 1), layer + "proj_out", channels));
    }

    private Value groupNorm(Value x, String layer) {
        return net.groupNorm(x, layer, Configuration.NORM_GROUPS, EPSILON);
    }
}
