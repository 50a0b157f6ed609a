package stablediffusion.library;

import stablediffusion.model.image.Picture;

import java.util.Optional;
import java.util.OptionalInt;

/** Holds the size of an image, in pixels. */
public record ImageSize(int width, int height) {
    private static final int MULTIPLE = 8;

    /**
     * Chooses a size where a request leaves it open.
     *
     * @param width as requested
     * @param height as requested
     * @param nativeSize edge of the square images that the model was trained on
     * @param initialImage gives its shape, with its shorter side no longer than {@code nativeSize} unless a side is requested
     */
    public static ImageSize of(OptionalInt width, OptionalInt height, int nativeSize, Optional<Picture> initialImage) {
        if (initialImage.isEmpty()) {
            return new ImageSize(width.orElse(nativeSize), height.orElse(nativeSize));
        }
        Picture image = initialImage.get();
        double scale = Math.min(1, (double) nativeSize / Math.min(image.width(), image.height()));
        if (width.isPresent() != height.isPresent()) {
            scale = width.isPresent()
                    ? (double) width.getAsInt() / image.width()
                    : (double) height.getAsInt() / image.height();
        }
        return new ImageSize(width.orElse(rounded(scale * image.width())), height.orElse(rounded(scale * image.height())));
    }

    private static int rounded(double pixels) {
        return Math.max(1, (int) Math.round(pixels / MULTIPLE)) * MULTIPLE;
    }
}
