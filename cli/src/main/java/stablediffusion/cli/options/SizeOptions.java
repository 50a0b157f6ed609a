package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.GenerationRequest;

import java.util.Optional;

/** Options for the size of an image. */
public final class SizeOptions {
    @Option(
            names = {"-W", "--width"},
            paramLabel = "PIXELS",
            description = "A multiple of 8. Default: the size of the model's training; with --init-img the shape of that image, its shorter side "
                    + "not longer than the size of the training.")
    private Optional<Integer> width = Optional.empty();

    @Option(names = {"-H", "--height"}, paramLabel = "PIXELS", description = "A multiple of 8. Default: as for the width.")
    private Optional<Integer> height = Optional.empty();

    public void apply(GenerationRequest.Builder request) {
        width.ifPresent(request::width);
        height.ifPresent(request::height);
    }
}
