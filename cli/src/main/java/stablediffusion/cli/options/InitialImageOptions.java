package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.GenerationRequest;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;
import stablediffusion.model.pipeline.MaskFill;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;

/** Options for an image to start from, and the part of it to repaint. */
public final class InitialImageOptions {
    @Option(
            names = {"-i", "--init-img"},
            paramLabel = "FILE",
            description = "Start from this image (image to image). If its shape differs from -W and -H, its middle is used.")
    private Optional<Path> image = Optional.empty();

    @Option(
            names = "--strength",
            paramLabel = "X",
            description = "How much of the initial image may change: the share of the steps that are taken, above 0, at most 1. Default: "
                    + GenerationRequest.DEFAULT_STRENGTH + ".")
    private Optional<Double> strength = Optional.empty();

    @Option(
            names = "--mask",
            paramLabel = "FILE",
            description = "Repaint only a part (inpainting): an image of the same size, white where the initial image is repainted, black where its "
                    + "pixels stay as they are.")
    private Optional<Path> mask = Optional.empty();

    @Option(
            names = "--mask-fill",
            paramLabel = "NAME",
            completionCandidates = FillNames.class,
            description = "What is under the mask at first: ${COMPLETION-CANDIDATES}. original is the initial image, surroundings the colours "
                    + "around the mask, noise and nothing are meant for strengths near 1. Default: original.")
    private Optional<String> fill = Optional.empty();

    @Option(
            names = "--mask-padding",
            paramLabel = "PIXELS",
            description = "Work on the mask and so many pixels around it alone, at the size of -W and -H, and put it back into the initial image. "
                    + "Default: work on the whole image.")
    private Optional<Integer> padding = Optional.empty();

    /** Lists what fills a mask, for the shell's completion. */
    static final class FillNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(MaskFill.values()).map(MaskFill::label).iterator();
        }
    }

    /**
     * Reads the files.
     *
     * @throws UserException if one cannot be read, or an option lacks its image
     */
    public void apply(GenerationRequest.Builder request) {
        if (image.isEmpty()) {
            refuse("--strength", strength, "a picture to start from: add --init-img FILE");
            refuse("--mask", mask, "a picture to start from: add --init-img FILE");
        }
        if (mask.isEmpty()) {
            refuse("--mask-fill", fill, "a mask: add --mask FILE");
            refuse("--mask-padding", padding, "a mask: add --mask FILE");
        }
        image.ifPresent(request::initialImage);
        mask.ifPresent(request::mask);
        fill.map(MaskFill::parse).ifPresent(request::maskFill);
        padding.ifPresent(request::onlyMasked);
        strength.ifPresent(request::strength);
    }

    /** Refuses an option that was given without what it goes with. */
    private static void refuse(String option, Optional<?> given, String missing) {
        if (given.isPresent()) {
            throw new InvalidRequestException(option + " goes with " + missing);
        }
    }
}
