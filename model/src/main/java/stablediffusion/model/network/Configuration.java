package stablediffusion.model.network;

import stablediffusion.model.UserException;
import stablediffusion.model.text.Tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Holds the sizes of a Stable Diffusion v1 model. What all such models have in common is a constant where it is used: 32 norm groups,
 * 8 heads in the UNet, text heads of 64 channels.
 *
 * @param latentEdge height and width of the latent at the native picture size; the picture is {@link Vae#scale()} times as large
 */
public record Configuration(Text text, Unet unet, Vae vae, int latentEdge) {
    static final String TEXT = "cond_stage_model.transformer.text_model.";
    static final String UNET = "model.diffusion_model.";
    static final String VAE = "first_stage_model.";
    static final int NORM_GROUPS = 32;

    private static final int DEFAULT_LATENT_EDGE = 64;
    /** Limit of the channels of any layer; Stable Diffusion v1 has 1280. */
    private static final int MAX_CHANNELS = 16_384;

    /** Holds the sizes of CLIP's text encoder. */
    public record Text(int width, int layers, int vocabulary, int positions) {}

    /**
     * Holds the sizes of the denoising network.
     *
     * @param multipliers channels of each level divided by {@code channels}, from full size down
     * @param attentionLevels for each level, whether it has transformers
     */
    public record Unet(
            int latentChannels, int channels, List<Integer> multipliers, int residualBlocks, List<Boolean> attentionLevels,
            int contextWidth) {
        public Unet {
            multipliers = List.copyOf(multipliers);
            attentionLevels = List.copyOf(attentionLevels);
        }
    }

    /** Holds the sizes of the autoencoder between pictures and latents. */
    public record Vae(int latentChannels, int channels, List<Integer> multipliers, int residualBlocks) {
        public Vae {
            multipliers = List.copyOf(multipliers);
        }

        /** Returns the pixels of a picture for each of its latent, in each direction. */
        public int scale() {
            return 1 << multipliers.size() - 1;
        }
    }

    /** Returns the configuration of Stable Diffusion v1.1 to v1.5. */
    public static Configuration v1() {
        return new Configuration(
                new Text(768, 12, 49408, 77),
                new Unet(4, 320, List.of(1, 2, 4, 4), 2, List.of(true, true, true, false), 768),
                new Vae(4, 128, List.of(1, 2, 4, 4), 2),
                DEFAULT_LATENT_EDGE);
    }

    /** Returns a configuration of v1's structure at a tenth of its width, for tests. */
    public static Configuration narrow() {
        return new Configuration(
                new Text(128, 2, 49408, 77),
                new Unet(4, 32, List.of(1, 2, 4, 4), 2, List.of(true, true, true, false), 128),
                new Vae(4, 32, List.of(1, 2, 4, 4), 2),
                DEFAULT_LATENT_EDGE);
    }

    /** Returns the height and width of the pictures that the model was trained on, in pixels. */
    public int nativeSize() {
        return latentEdge * vae.scale();
    }

    /**
     * Finds a size that no network here can have: one that the structure of Stable Diffusion v1 excludes, or that is many times larger than
     * that of any such model, so that shapes could exceed 32 bits.
     *
     * @return the field and what is wrong with it, "text.width is 0, …"; empty if all sizes are possible
     */
    public Optional<String> problem() {
        return Stream.of(
                multiple("text.width", text.width(), ClipTextEncoder.HEAD_CHANNELS),
                inRange("text.layers", text.layers(), 1, 100),
                inRange("text.vocabulary", text.vocabulary(), Tokenizer.VOCABULARY, 1 << 20),
                inRange("text.positions", text.positions(), Tokenizer.ROW, Tokenizer.ROW),
                multiple("unet.channels", unet.channels(), NORM_GROUPS),
                levels("unet.multipliers", unet.channels(), unet.multipliers(), 6),
                inRange("unet.residualBlocks", unet.residualBlocks(), 1, 16),
                items("unet.attentionLevels", unet.attentionLevels(), unet.multipliers().size(), unet.multipliers().size()),
                inRange("unet.contextWidth", unet.contextWidth(), text.width(), text.width()),
                inRange("unet.latentChannels", unet.latentChannels(), 1, 64),
                inRange("vae.latentChannels", vae.latentChannels(), unet.latentChannels(), unet.latentChannels()),
                multiple("vae.channels", vae.channels(), NORM_GROUPS),
                // Four levels are the factor 8 between pixels and latents.
                levels("vae.multipliers", vae.channels(), vae.multipliers(), 4),
                inRange("vae.residualBlocks", vae.residualBlocks(), 1, 16),
                inRange("latentEdge", latentEdge, 1, 512))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> inRange(String field, int value, int least, int most) {
        return value >= least && value <= most ? Optional.empty() : Optional.of(field + " is " + value + ", " + expected(least, most));
    }

    private static Optional<String> items(String field, List<?> list, int least, int most) {
        return list.size() >= least && list.size() <= most ? Optional.empty()
                : Optional.of(field + " has " + list.size() + " items, " + expected(least, most));
    }

    private static String expected(int least, int most) {
        return least == most ? "not " + least : "not from " + least + " to " + most;
    }

    private static Optional<String> multiple(String field, int value, int unit) {
        return value >= unit && value <= MAX_CHANNELS && value % unit == 0
                ? Optional.empty()
                : Optional.of(field + " is " + value + ", not a multiple of " + unit + " up to " + MAX_CHANNELS);
    }

    private static Optional<String> levels(String field, int channels, List<Integer> multipliers, int most) {
        return items(field, multipliers, 1, most).or(() -> multipliers.stream()
                .filter(multiplier -> multiplier < 1 || (long) multiplier * channels > MAX_CHANNELS)
                .findFirst()
                .map(multiplier -> field + " has " + multiplier + ", which does not make from 1 to " + MAX_CHANNELS + " channels"));
    }

    /**
     * Reads the sizes from the shapes of a checkpoint's tensors.
     *
     * @param shapes tensors by name, in the checkpoint's shapes
     * @param latentEdge the checkpoint's hyper-parameter, where it has it
     * @throws UserException where it is not a Stable Diffusion v1 model, with the tensor that shows it
     */
    public static Configuration of(Map<String, List<Integer>> shapes, OptionalInt latentEdge) {
        Tensors tensors = new Tensors(shapes);
        Configuration configuration =
                new Configuration(text(tensors), unet(tensors), vae(tensors), latentEdge.orElse(DEFAULT_LATENT_EDGE));
        configuration.problem().ifPresent(problem -> {
            throw new UserException("not a Stable Diffusion v1 model: " + problem);
        });
        return configuration;
    }

    private static Text text(Tensors tensors) {
        String tokens = TEXT + "embeddings.token_embedding.weight";
        int vocabulary = tensors.size(tokens, 2, 0, 1);
        int width = tensors.size(tokens, 2, 1, ClipTextEncoder.HEAD_CHANNELS);
        int positions = tensors.size(TEXT + "embeddings.position_embedding.weight", 2, 0, 1);
        int layers = tensors.count(TEXT + "encoder.layers.%d.layer_norm1.weight");
        return new Text(width, layers, vocabulary, positions);
    }

    private static Unet unet(Tensors tensors) {
        String first = UNET + "input_blocks.0.0.weight";
        int channels = tensors.size(first, 4, 0, NORM_GROUPS);
        List<Integer> multipliers = new ArrayList<>();
        List<Boolean> attentionLevels = new ArrayList<>();
        int residualBlocks = 0;
        int width = 0;
        boolean attention = false;
        for (int i = 1;; i++) {
            String block = UNET + "input_blocks." + i + ".";
            if (tensors.has(block + "0.in_layers.2.weight")) {
                width = tensors.size(block + "0.in_layers.2.weight", 4, 0, channels);
                attention = tensors.has(block + "1.norm.weight");
                residualBlocks += multipliers.isEmpty() ? 1 : 0;
            } else {
                multipliers.add(width / channels);
                attentionLevels.add(attention);
                if (!tensors.has(block + "0.op.weight")) {
                    break;
                }
            }
        }
        int contextWidth = tensors.size(UNET + "middle_block.1.transformer_blocks.0.attn2.to_k.weight", 2, 1, 1);
        return new Unet(tensors.size(first, 4, 1, 1), channels, multipliers, residualBlocks, attentionLevels, contextWidth);
    }

    private static Vae vae(Tensors tensors) {
        int channels = tensors.size(VAE + "encoder.conv_in.weight", 4, 0, NORM_GROUPS);
        int levels = tensors.count(VAE + "encoder.down.%d.block.0.conv1.weight");
        List<Integer> multipliers = IntStream.range(0, levels)
                .map(level -> tensors.size(VAE + "encoder.down." + level + ".block.0.conv1.weight", 4, 0, channels) / channels)
                .boxed()
                .toList();
        int residualBlocks = tensors.count(VAE + "encoder.down.0.block.%d.conv1.weight");
        return new Vae(tensors.size(VAE + "decoder.conv_in.weight", 4, 1, 1), channels, multipliers, residualBlocks);
    }

    private record Tensors(Map<String, List<Integer>> shapes) {
        boolean has(String name) {
            return shapes.containsKey(name);
        }

        List<Integer> shape(String name, int dimensions) {
            List<Integer> shape = shapes.get(name);
            if (shape == null) {
                throw new UserException("not a Stable Diffusion v1 model: tensor " + name + " is missing");
            }
            if (shape.size() != dimensions) {
                throw new UserException("not a Stable Diffusion v1 model: tensor " + name + " has shape " + shape
                        + ", expected " + dimensions + " dimensions");
            }
            return shape;
        }

        /** Returns one dimension of a tensor, after a check that it is a multiple of {@code unit}. */
        int size(String name, int dimensions, int dimension, int unit) {
            List<Integer> shape = shape(name, dimensions);
            int size = shape.get(dimension);
            if (size == 0 || size % unit != 0) {
                throw new UserException("not a Stable Diffusion v1 model: tensor " + name + " has shape " + shape + ", where " + size
                        + " should be " + unit + " or a multiple of it");
            }
            return size;
        }

        int count(String pattern) {
            int count = 0;
            while (has(pattern.formatted(count))) {
                count++;
            }
            if (count == 0) {
                shape(pattern.formatted(0), 0);
            }
            return count;
        }
    }
}
