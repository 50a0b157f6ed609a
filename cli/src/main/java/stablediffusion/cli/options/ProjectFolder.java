package stablediffusion.cli.options;

import stablediffusion.cli.output.ByteProgress;
import stablediffusion.cli.output.Messages;
import stablediffusion.library.ModelLibrary;
import stablediffusion.model.weights.ModelDirectory;

import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;
import java.util.function.Consumer;

/** Finds the folder of models, LoRAs, embeddings and tuned block sizes: the one that this program lies in. */
public final class ProjectFolder {
    /** Name of the environment variable that the launcher sets. */
    private static final String HOME = "SD_HOME";

    private static final String MODELS = "models";

    private ProjectFolder() {}

    /** Returns the folder that the launcher names, else the nearest one above the program's jar that has models, else the current one. */
    public static Path path() {
        return Optional.ofNullable(System.getenv(HOME)).map(Path::of).or(ProjectFolder::aboveJar).orElse(Path.of("."));
    }

    private static Optional<Path> aboveJar() {
        CodeSource source = ProjectFolder.class.getProtectionDomain().getCodeSource();
        if (source == null) {
            return Optional.empty();
        }
        try {
            for (Path folder = Path.of(source.getLocation().toURI()).getParent(); folder != null; folder = folder.getParent()) {
                if (Files.isDirectory(folder.resolve(MODELS))) {
                    return Optional.of(folder);
                }
            }
        } catch (URISyntaxException | IllegalArgumentException notAFile) {
            // Loaded from elsewhere: there is no folder above it.
        }
        return Optional.empty();
    }

    /** Returns the models in the folder. */
    public static ModelLibrary models() {
        return ModelLibrary.in(path().resolve(MODELS));
    }

    /** Returns the file of block sizes that {@code sd tune} writes. */
    public static Path tuningFile() {
        return path().resolve("tuning.json");
    }

    /**
     * Opens a model, with messages and a progress bar where it is converted first.
     *
     * @param named what {@code --model} says; empty: the newest converted model, else the bundled one
     */
    static ModelDirectory openModel(Optional<String> named, PrintWriter messages) {
        Consumer<String> log = Messages.to(messages);
        try (ByteProgress progress = new ByteProgress("converting")) {
            return named.map(name -> models().open(name, log, progress)).orElseGet(() -> models().openNewest(log, progress));
        }
    }
}
