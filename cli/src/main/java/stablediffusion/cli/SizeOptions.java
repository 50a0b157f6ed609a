package stablediffusion.cli;

import picocli.CommandLine.Option;
import stablediffusion.model.image.Picture;

import java.util.Optional;

/** How large a picture is to be. */
final class SizeOptions {
    private static final int MULTIPLE = 8;

    @Option(
            names = {"-W", "--width"},
            paramLabel = "PIXELS",
            description = "A multiple of 8. Default: the model's own; with --init-img that picture's shape, its shorter side no longer "
                    + "than the model's own.")
    private Optional<Integer> width = Optional.empty();

    @Option(names = {"-H", "--height"}, paramLabel = "PIXELS", description = "A multiple of 8. Default: as for the width.")
    private Optional<Integer> height = Optional.empty();

    record Size(int width, int height) {}

    /** @param nativeSize the edge of the square that the model was trained on */
    Size of(int nativeSize, Optional<Picture> source) {
        if (source.isEmpty()) {
            return new Size(width.orElse(nativeSize), height.orElse(nativeSize));
        }
        Picture picture = source.get();
        double shorter = Math.min(picture.width(), picture.height());
        double scale = Math.min(1, nativeSize / shorter);
        if (width.isPresent() != height.isPresent()) {
            scale = width.map(w -> (double) w / picture.width()).orElseGet(() -> (double) height.orElseThrow() / picture.height());
        }
        return new Size(width.orElse(rounded(scale * picture.width())), height.orElse(rounded(scale * picture.height())));
    }

    private static int rounded(double pixels) {
        return Math.max(1, (int) Math.round(pixels / MULTIPLE)) * MULTIPLE;
    }
}
