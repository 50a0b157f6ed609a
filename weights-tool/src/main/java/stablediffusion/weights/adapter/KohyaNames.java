package stablediffusion.weights.adapter;

import stablediffusion.model.graph.Weight;
import stablediffusion.model.graph.Weight.Layout;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Blob;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Translates names of layers to those of kohya's training scripts, which LoRA files use: the names of diffusers' networks, which
 * count blocks by level, with underscores instead of dots.
 */
final class KohyaNames {
    private static final String UNET = "model.diffusion_model.";
    private static final String TEXT = "cond_stage_model.transformer.";
    private static final String TEXT_LAYERS = "lora_te_";
    private static final Pattern BLOCK = Pattern.compile("(input|output)_blocks\\.(\\d+)\\.(\\d)\\.(.*)");

    private final int residualBlocks;

    private KohyaNames(Configuration configuration) {
        residualBlocks = configuration.unet().residualBlocks();
    }

    /** Returns all layers of a model that a LoRA can change, by their names in LoRA files. */
    static Map<String, Weight> layers(Configuration configuration) {
        KohyaNames names = new KohyaNames(configuration);
        Map<String, Weight> layers = new HashMap<>();
        for (Blob blob : new Blob[] {Blob.CLIP, Blob.UNET}) {
            for (Weight weight : blob.weights(configuration)) {
                if (weight.layout() == Layout.LINEAR || weight.layout() == Layout.CONVOLUTION) {
                    layers.put(names.of(weight.name().replaceFirst("\\.weight$", "")), weight);
                }
            }
        }
        return layers;
    }

    /** Returns whether a layer, by its name in LoRA files, belongs to the text encoder; the others belong to the UNet. */
    static boolean isInTextEncoder(String layer) {
        return layer.startsWith(TEXT_LAYERS);
    }

    private String of(String layer) {
        return layer.startsWith(TEXT)
                ? TEXT_LAYERS + layer.substring(TEXT.length()).replace('.', '_')
                : "lora_unet_" + diffusers(layer.substring(UNET.length())).replace('.', '_');
    }

    private String diffusers(String layer) {
        Matcher block = BLOCK.matcher(layer);
        if (block.matches()) {
            return block.group(1).equals("input") ? down(block) : up(block);
        }
        return layer.replace("time_embed.0", "time_embedding.linear_1")
                .replace("time_embed.2", "time_embedding.linear_2")
                .replace("middle_block.1.", "mid_block.attentions.0.")
                .replace("middle_block.0.", "mid_block.resnets.0.")
                .replace("middle_block.2.", "mid_block.resnets.1.")
                .replaceFirst("^input_blocks\\.0\\.0$", "conv_in")
                .replaceFirst("^out\\.2$", "conv_out")
                .transform(KohyaNames::inResidual);
    }

    /** Translates input_blocks: after the first convolution, each level has its residual blocks and a down-sampling. */
    private String down(MatchResult block) {
        int index = Integer.parseInt(block.group(2));
        int level = (index - 1) / (residualBlocks + 1);
        int inLevel = (index - 1) % (residualBlocks + 1);
        String prefix = "down_blocks." + level + ".";
        return inLevel == residualBlocks ? prefix + "downsamplers.0.conv" : prefix + inBlock(block, inLevel);
    }

    /** Translates output_blocks: each level has one residual block more, the last with an up-sampling. */
    private String up(MatchResult block) {
        int index = Integer.parseInt(block.group(2));
        String prefix = "up_blocks." + index / (residualBlocks + 1) + ".";
        return block.group(4).equals("conv") ? prefix + "upsamplers.0.conv" : prefix + inBlock(block, index % (residualBlocks + 1));
    }

    private static String inBlock(MatchResult block, int index) {
        return block.group(3).equals("0")
                ? "resnets." + index + "." + inResidual(block.group(4))
                : "attentions." + index + "." + block.group(4);
    }

    private static String inResidual(String layer) {
        return layer.replace("in_layers.2", "conv1")
                .replace("emb_layers.1", "time_emb_proj")
                .replace("out_layers.3", "conv2")
                .replace("skip_connection", "conv_shortcut");
    }
}
