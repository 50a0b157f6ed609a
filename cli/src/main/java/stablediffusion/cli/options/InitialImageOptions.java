package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.GenerationRequest;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.nio.file.Path;
import java.util.Optional;

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

    /**
     * Reads the files.
     *
     * @throws UserException if one cannot be read, or an option lacks its image
     */
    public void apply(GenerationRequest.Builder request) {
        if (image.isEmpty()) {
            requireImage("--strength", strength.isPresent());
            requireImage("--mask", mask.isPresent());
        }
        image.ifPresent(request::initialImage);
        mask.ifPresent(request::mask);
        strength.ifPresent(request::strength);
    }

    private static void requireImage(String option, boolean given) {
        if (given) {
            throw new InvalidRequestException(option + " goes with a picture to start from: add --init-img FILE");
        }
    }
}
