package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.cli.output.OutputNames;
import stablediffusion.model.UserException;

import java.nio.file.Path;
import java.util.Optional;

/** How many pictures, and where they go. */
public final class OutputOptions {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "The picture to write, .png or .jpg; may have {prompt}, {seed}, {index}, {sampler}, {steps}, {cfg}, {width}, "
                    + "{height}, {model} in it. A folder keeps the default name. Default: out/{prompt}-{seed}.png, and never over "
                    + "another picture.")
    private Optional<String> output = Optional.empty();

    @Option(
            names = {"-b", "--batch-count"},
            paramLabel = "N",
            defaultValue = "1",
            description = "Pictures of each prompt; the seed grows by one from picture to picture. Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Option(names = "--grid", description = "Write all pictures on one contact sheet too.")
    private boolean grid;

    @Option(
            names = "--preview",
            paramLabel = "N",
            description = "Every N steps write what the picture is going to be, as NAME-stepS.png. Each costs a decoding by the VAE.")
    private Optional<Integer> preview = Optional.empty();

    @Option(
            names = "--json",
            description = "Print what was done as JSON on the standard output, one object a line for each picture, and all else on the error "
                    + "output.")
    private boolean json;

    @Option(names = "--n_iter", hidden = true, defaultValue = "1")
    private int rounds;

    @Option(names = "--outdir", hidden = true)
    private Optional<Path> folder = Optional.empty();

    /** Pictures of each prompt. */
    public int batch() {
        int count = batch * rounds;
        if (batch < 1 || rounds < 1) {
            throw new UserException("cannot make " + Math.min(batch, rounds) + " pictures: ask for 1 or more");
        }
        return count;
    }

    /** Steps from one preview to the next; empty: none. */
    public Optional<Integer> preview() {
        if (preview.isPresent() && preview.get() < 1) {
            throw new UserException("cannot write a preview every " + preview.get() + " steps: ask for 1 or more");
        }
        return preview;
    }

    /** Finds what is wrong with the options. */
    public void check() {
        batch();
        preview();
        names();
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
