package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.StableDiffusion;
import stablediffusion.library.Adapters;
import stablediffusion.model.InvalidRequestException;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Options that choose the weights. */
public final class ModelOptions {
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
            description = "Where embeddings (textual inversion) lie: a prompt that contains NAME uses NAME.pt or NAME.safetensors. "
                    + "Default: embeddings, beside models.")
    private Optional<Path> embeddingFolder = Optional.empty();

    private static void requireFolder(String option, Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new InvalidRequestException(option + " " + folder + ": there is no such folder");
        }
    }

    /**
     * Opens the model and begins the settings that it runs with.
     *
     * @param messages is told which model it is
     */
    public StableDiffusion.Builder open(PrintWriter messages) {
        return begin(folder(messages));
    }

    /**
     * Returns the folder of the model, which is converted first if it was not yet.
     *
     * @param messages is told which model it is
     */
    public Path folder(PrintWriter messages) {
        loraFolder.ifPresent(named -> requireFolder("--lora-dir", named));
        embeddingFolder.ifPresent(named -> requireFolder("--embedding-dir", named));
        return ProjectFolder.openModel(model, messages).folder();
    }

    /** Begins the settings of a model with these folders of LoRAs and embeddings. */
    public StableDiffusion.Builder begin(Path modelFolder) {
        return StableDiffusion.builder(modelFolder).loraFolder(loras()).embeddingFolder(embeddings());
    }

    /** Returns the files that prompts can name. */
    public Adapters adapters() {
        return new Adapters(Optional.of(loras()), Optional.of(embeddings()));
    }

    private Path loras() {
        return loraFolder.orElseGet(() -> ProjectFolder.path().resolve("loras"));
    }

    private Path embeddings() {
        return embeddingFolder.orElseGet(() -> ProjectFolder.path().resolve("embeddings"));
    }
}
