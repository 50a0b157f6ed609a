package stablediffusion.library;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;
import stablediffusion.model.image.Framing;
import stablediffusion.model.image.Mask;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.pipeline.MaskFill;
import stablediffusion.model.pipeline.Source;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Holds an image to start from, at its own size, and the part of it to repaint.
 *
 * @param file it was read from, if any
 * @param strength above 0, at most 1
 * @param mask of the same size
 * @param maskFile it was read from, if any
 * @param inpainting how what is under the mask is repainted
 */
public record InitialImage(Picture picture, Optional<Path> file, double strength, Optional<Picture> mask, Optional<Path> maskFile,
        Inpainting inpainting) {
    /** Smaller images leave the encoder less than one position of the latent. */
    private static final int SMALLEST = 8;

    /**
     * Describes how the part under a mask is repainted.
     *
     * @param fill what is there at first
     * @param padding number of pixels around the mask that are worked on with it, at the full size of the request; empty: the whole picture is
     */
    public record Inpainting(MaskFill fill, OptionalInt padding) {
        /** Works on the whole picture, and starts from it. */
        public static final Inpainting DEFAULT = new Inpainting(MaskFill.ORIGINAL, OptionalInt.empty());
    }

    /** Holds an image and the file that it was read from, if any. */
    public record Original(Picture picture, Optional<Path> file) {

        /**
         * Reads an image.
         *
         * @throws UserException if the file cannot be read
         */
        public static Original read(Path file) {
            return new Original(Picture.fromImage(PictureFile.read(file)), Optional.of(file));
        }

        /** Copies an image. */
        public static Original of(BufferedImage image) {
            return new Original(Picture.fromImage(image), Optional.empty());
        }

        private String name(String what) {
            return what + file.map(path -> " " + path).orElse("");
        }

        private String size() {
            return picture.width() + "x" + picture.height();
        }
    }

    /**
     * Checks an image, a mask and a strength.
     *
     * @throws UserException if the image is too small, the mask of another size or all black, or the strength out of its range
     */
    public static InitialImage of(Original original, Optional<Original> mask, double strength, Inpainting inpainting) {
        if (!(strength > 0 && strength <= 1)) {
            throw new InvalidRequestException("strength " + strength + " is not above 0 and at most 1: 0.75 changes much, 0.3 little");
        }
        if (Math.min(original.picture().width(), original.picture().height()) < SMALLEST) {
            throw new UserException(original.name("the picture") + " is only " + original.size() + ": it must have at least " + SMALLEST
                    + " pixels each way");
        }
        mask.ifPresent(image -> checkMask(image, original));
        return new InitialImage(
                original.picture(), original.file(), strength, mask.map(Original::picture), mask.flatMap(Original::file), inpainting);
    }

    private static void checkMask(Original mask, Original original) {
        if (!mask.size().equals(original.size())) {
            throw new UserException(mask.name("the mask") + " is " + mask.size() + ", but " + original.name("the picture") + " is "
                    + original.size() + ": make both the same size");
        }
        for (byte value : mask.picture().rgb()) {
            if (value != 0) {
                return;
            }
        }
        throw new UserException(mask.name("the mask") + " is all black, so nothing would be repainted: paint white what shall change");
    }

    /** Brings image and mask to the size of a request: the middle, or the part with the mask, is cut out in the right shape, then scaled. */
    public Source fit(ImageSize size) {
        Framing framing = framing(size);
        return new Source(framing.apply(picture), strength, mask.map(framing::applyToMask).map(Mask::fromPicture), inpainting.fill());
    }

    /** Describes what {@link #fit} does to the image; empty if it has the size already. */
    public Optional<String> fitting(ImageSize size) {
        if (inpainting.padding().isPresent() || picture.width() == size.width() && picture.height() == size.height()) {
            return Optional.empty();
        }
        Framing framing = framing(size);
        boolean cut = framing.partWidth() != picture.width() || framing.partHeight() != picture.height();
        String part = cut ? "its middle, " + framing.partWidth() + "x" + framing.partHeight() + ", is taken" : "it is";
        String scaled = (cut ? " and" : "") + " scaled to " + framing.width() + "x" + framing.height();
        String name = file.map(Path::toString).orElse("the initial image");
        return Optional.of(name + " is " + picture.width() + "x" + picture.height() + "; " + part + (framing.scales() ? scaled : ""));
    }

    /** Puts a picture that was painted from {@link #fit} back to where it was cut out, if only the part with the mask was. */
    public Picture finish(Picture painted, ImageSize size) {
        return inpainting.padding().isPresent()
                ? framing(size).putBack(painted, picture, Mask.fromPicture(mask.orElseThrow()))
                : painted;
    }

    private Framing framing(ImageSize size) {
        if (inpainting.padding().isPresent()) {
            return Framing.around(mask.orElseThrow(), inpainting.padding().getAsInt(), size.width(), size.height());
        }
        return Framing.of(picture.width(), picture.height(), size.width(), size.height());
    }
}
