package stablediffusion.cli.output;

import stablediffusion.model.network.Configuration;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Describes models and tensors for people. */
public final class ModelText {
    private ModelText() {}

    /** Returns a shape as "1280x320x3x3". */
    public static String shape(List<Integer> shape) {
        return shape.isEmpty() ? "scalar" : shape.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }

    /** Describes a configuration by the numbers in which models differ. */
    public static String configuration(Configuration model) {
        return String.format(
                Locale.ROOT,
                "text encoder %d wide, %d layers; UNet %d·%s, %d residual blocks a level; VAE %d·%s; pictures of %dx%d",
                model.text().width(),
                model.text().layers(),
                model.unet().channels(),
                model.unet().multipliers(),
                model.unet().residualBlocks(),
                model.vae().channels(),
                model.vae().multipliers(),
                model.nativeSize(),
                model.nativeSize());
    }
}
