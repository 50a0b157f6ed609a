package stablediffusion.cli;

import picocli.CommandLine.Option;
import stablediffusion.model.weights.ModelDirectory;

import java.io.PrintWriter;
import java.util.Optional;

/** Which weights. */
final class ModelOptions {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "A converted model's folder, its name in models/, or a checkpoint, which is converted first. Default: the "
                    + "newest converted model, else the bundled one.")
    private Optional<String> model = Optional.empty();

    /** @param messages is told which model it is */
    ModelDirectory open(PrintWriter messages) {
        return ModelLibrary.standard().open(model, messages);
    }
}
