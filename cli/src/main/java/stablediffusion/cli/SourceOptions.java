package stablediffusion.cli;

import picocli.CommandLine.Option;
import stablediffusion.model.UserException;
import stablediffusion.model.image.Framing;
import stablediffusion.model.image.Mask;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.pipeline.Source;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;

/** A picture to start from, and what of it to repaint. */
final class SourceOptions {
    private static final double DEFAULT_STRENGTH = 0.75;
    /** Where the image encoder has no pixel of its own to look at. */
    private static final int SMALLEST = 8;

    @Option(
            names = {"-i", "--init-img"},
            paramLabel = "FILE",
            description = "Start from this picture (image to image). Of another shape than -W and -H its middle is taken.")
    private Optional<Path> picture = Optional.empty();

    @Option(
            names = "--strength",
            paramLabel = "X",
            description = "How much of it may change, above 0 to 1: the share of the steps that are taken. Default: " + DEFAULT_STRENGTH + ".")
    private Optional<Double> strength = Optional.empty();

    @Option(
            names = "--mask",
            paramLabel = "FILE",
            description = "A picture as large as it: white is repainted (inpainting), black stays as it is, to the bit.")
    private Optional<Path> mask = Optional.empty();

    /** What was read, not yet of the right size. */
    record Original(Path file, Picture picture, double strength, Optional<Path> maskFile, Optional<Picture> mask) {

        Source fit(SizeOptions.Size size, PrintWriter messages) {
            Framing framing = Framing.of(picture.width(), picture.height(), size.width(), size.height());
            if (picture.width() != size.width() || picture.height() != size.height()) {
                messages.println("note: " + file + " is " + picture.width() + "x" + picture.height() + "; " + description(framing));
            }
            return new Source(framing.apply(picture), strength, mask.map(framing::applyToMask).map(Mask::fromPicture));
        }

        private String description(Framing framing) {
            boolean cut = framing.partWidth() != picture.width() || framing.partHeight() != picture.height();
            String part = cut ? "its middle, " + framing.partWidth() + "x" + framing.partHeight() + ", is taken" : "it is";
            String scaled = (cut ? " and" : "") + " scaled to " + framing.width() + "x" + framing.height();
            return part + (framing.scales() ? scaled : "");
        }
    }

    /**
     * Reads the files.
     *
     * @throws UserException where they are unfit, before anything slow has begun
     */
    Optional<Original> read() {
        if (picture.isEmpty()) {
            requireAlone("--strength", strength.isPresent());
            requireAlone("--mask", mask.isPresent());
            return Optional.empty();
        }
        double share = strength.orElse(DEFAULT_STRENGTH);
        if (!(share > 0 && share <= 1)) {
            throw new UserException("strength " + share + " is not above 0 and at most 1: 0.75 changes much, 0.3 little");
        }
        Picture original = read(picture.get());
        if (Math.min(original.width(), original.height()) < SMALLEST) {
            throw new UserException("the picture " + picture.get() + " is only " + size(original) + ": it must have " + SMALLEST
                    + " pixels each way");
        }
        return Optional.of(new Original(picture.get(), original, share, mask, mask.map(file -> readMask(file, original))));
    }

    private Picture readMask(Path file, Picture original) {
        Picture read = read(file);
        if (read.width() != original.width() || read.height() != original.height()) {
            throw new UserException("the mask " + file + " is " + size(read) + ", but the picture " + picture.orElseThrow() + " is "
                    + size(original) + ": make both the same size");
        }
        for (byte value : read.rgb()) {
            if (value != 0) {
                return read;
            }
        }
        throw new UserException("the mask " + file + " is all black, so nothing would be repainted: paint white what shall change");
    }

    private static Picture read(Path file) {
        return Picture.fromImage(PictureFile.read(file));
    }

    private static String size(Picture picture) {
        return picture.width() + "x" + picture.height();
    }

    private static void requireAlone(String option, boolean given) {
        if (given) {
            throw new UserException(option + " goes with a picture to start from: add --init-img FILE");
        }
    }
}
