package stablediffusion.cli.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
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
            description = "Number of images for each prompt; the seed grows by one from image to image. Default: the batch size.")
    private Optional<Integer> count = Optional.empty();

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            converter = BatchSize.class,
            defaultValue = "1",
            description = "Compute up to N images of a prompt together: the same images, in less time on a GPU, with more memory. "
                    + "Default: ${DEFAULT-VALUE}.")
    private int batchSize;

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

    /** Returns the number of images for each prompt. */
    public int count() {
        int inRound = count.orElse(batchSize);
        if (inRound < 1 || rounds < 1) {
            throw new InvalidRequestException("cannot make " + Math.min(inRound, rounds) + " pictures: ask for 1 or more");
        }
        return requireCountable((long) inRound * rounds);
    }

    /** Returns how many images are computed together; the last ones of a prompt can be fewer. */
    public int together() {
        return Math.min(batchSize, count());
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
        int total = requireCountable((long) count() * requests.size());
        if (grid && total > MAX_GRID) {
            throw new InvalidRequestException("cannot put " + total + " pictures on one contact sheet: ask for " + MAX_GRID + " or fewer");
        }
        for (GenerationRequest request : requests) {
            request.requireSeeds(count());
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

    /** Converts a batch size. More than the largest would be a mistake: no device has the memory, or gains anything by then. */
    public static final class BatchSize implements ITypeConverter<Integer> {
        private static final int LARGEST = 256;

        @Override
        public Integer convert(String text) {
            try {
                int size = Integer.parseInt(text);
                if (size >= 1 && size <= LARGEST) {
                    return size;
                }
            } catch (NumberFormatException noNumber) {
                // The message below says what a batch size is.
            }
            throw new TypeConversionException("'" + text + "' is no batch size: take 1 to " + LARGEST);
        }
    }
}
