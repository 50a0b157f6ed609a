package stablediffusion.cli;

import picocli.CommandLine.Option;
import stablediffusion.model.weights.ModelDirectory;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Which weights. */
final class ModelOptions {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "A converted model's folder, its name in models/, or a checkpoint, which is converted first. Default: the "
                    + "newest converted model, else the bundled one.")
    private Optional<String> model = Optional.empty();

    @Option(
            names = "--lora-dir",
            paramLabel = "DIR",
            description = "Where <lora:NAME:0.8> in a prompt finds NAME.safetensors. Default: loras, beside models.")
    private Optional<Path> loraFolder = Optional.empty();

    @Option(
            names = "--embedding-dir",
            paramLabel = "DIR",
            description = "Where learned words (textual inversion) lie: a prompt that has NAME in it takes NAME.pt or NAME.safetensors. "
                    + "Default: embeddings, beside models.")
    private Optional<Path> wordFolder = Optional.empty();

    /** @param messages is told which model it is */
    ModelDirectory open(PrintWriter messages) {
        return ModelLibrary.standard().open(model, messages);
    }

    /** With what these texts ask for. */
    AdaptedModel adapted(ModelDirectory opened, List<String> texts) {
        Path models = ModelLibrary.standard().folder();
        return new AdaptedModel(
                opened,
                wordFolder.orElse(models.resolveSibling("embeddings")),
                loraFolder.orElse(models.resolveSibling("loras")),
                texts);
    }
}
