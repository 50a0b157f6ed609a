package stablediffusion.cli;

import stablediffusion.model.network.Configuration;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Numbers and models in words. */
final class Sizes {
    private Sizes() {}

    /** "2.13 GB" */
    static String bytes(long bytes) {
        if (bytes >= 1_000_000_000) {
            return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
        }
        return bytes >= 1_000_000
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
    }

    /** "1280x320x3x3" */
    static String shape(List<Integer> shape) {
        return shape.isEmpty() ? "scalar" : shape.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }

    /** Every number of a configuration that says what model it is. */
    static String configuration(Configuration model) {
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
