package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.GenerationRequest;
import stablediffusion.cli.output.OutputNames;
import stablediffusion.model.InvalidRequestException;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Options for the number of images and the files that they are written to. */
public final class OutputOptions {
    /** More would take gigabytes of memory, because a contact sheet is made as a whole. */
    private static final int MAX_GRID = 400;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "The image to write, .png or .jpg. The name can contain {prompt}, {seed}, {index}, {sampler}, {steps}, {cfg}, {width}, "
                    + "{height} and {model}. If it is a folder, images get the default name in it. Default: out/{prompt}-{seed}.png, "
                    + "with a number if such a file exists.")
    private Optional<String> output = Optional.empty();

    @Option(
            names = {"-b", "--batch-count"},
            paramLabel = "N",
            defaultValue = "1",
            description = "Number of images for each prompt; the seed grows by one from image to image. Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Option(names = "--grid", description = "Also write all images on one contact sheet.")
    private boolean grid;

    @Option(
            names = "--preview",
            paramLabel = "N",
            description = "Every N steps, write the image that the model predicts at this step, as NAME-stepS.png. Each takes the time of a VAE decoding.")
    private Optional<Integer> preview = Optional.empty();

    @Option(
            names = "--json",
            description = "Print a line of JSON for each image on the standard output, and everything else on the error output.")
    private boolean json;

    @Option(names = "--n_iter", hidden = true, defaultValue = "1")
    private int rounds;

    @Option(names = "--outdir", hidden = true)
    private Optional<Path> folder = Optional.empty();

    /** Pictures of each prompt. */
    public int batch() {
        if (batch < 1 || rounds < 1) {
            throw new InvalidRequestException("cannot make " + Math.min(batch, rounds) + " pictures: ask for 1 or more");
        }
        return requireCountable((long) batch * rounds);
    }

    private static int requireCountable(long count) {
        if (count > Integer.MAX_VALUE) {
            throw new InvalidRequestException("cannot make " + count + " pictures: ask for " + Integer.MAX_VALUE + " or fewer");
        }
        return (int) count;
    }

    /** Steps from one preview to the next; empty: none. */
    public Optional<Integer> preview() {
        if (preview.isPresent() && preview.get() < 1) {
            throw new InvalidRequestException("cannot write a preview every " + preview.get() + " steps: ask for 1 or more");
        }
        return preview;
    }

    /**
     * Finds what is wrong with the options.
     *
     * @param requests one for each prompt
     */
    public void check(List<GenerationRequest> requests) {
        int total = requireCountable((long) batch() * requests.size());
        if (grid && total > MAX_GRID) {
            throw new InvalidRequestException("cannot put " + total + " pictures on one contact sheet: ask for " + MAX_GRID + " or fewer");
        }
        for (GenerationRequest request : requests) {
            if (request.seed() > Long.MAX_VALUE - batch()) {
                throw new InvalidRequestException(
                        "seed " + request.seed() + " is too large for " + batch() + " pictures, for each of which it grows by one");
            }
        }
        preview();
        OutputNames names = names();
        requests.forEach(request -> names.requireRoom(request.prompt(), request.negativePrompt()));
    }

    /** Returns whether all images are also written on one contact sheet. */
    public boolean grid() {
        return grid;
    }

    /** Returns whether what was done is printed as JSON. */
    public boolean json() {
        return json;
    }

    public OutputNames names() {
        return new OutputNames(folder, output);
    }
}
