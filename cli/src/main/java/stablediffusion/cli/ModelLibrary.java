package stablediffusion.cli;

import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.Converter;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder of models: converted ones, each in a folder of its own, and the bundled checkpoint.
 *
 * @param folder usually {@code models} beside the launcher
 */
record ModelLibrary(Path folder) {
    private static final String BUNDLED = "tiny-shapes";
    /** Where the launcher says the project lies. */
    private static final String HOME = "SD_HOME";

    static ModelLibrary standard() {
        return new ModelLibrary(home().resolve("models"));
    }

    /** The project's folder. */
    static Path home() {
        return Path.of(Optional.ofNullable(System.getenv(HOME)).orElse("."));
    }

    /**
     * Opens the model that a user named, or the newest converted one, or the bundled one; converts a checkpoint on its first use.
     *
     * @param named a converted model's folder or its name in the library, or a checkpoint
     * @param out is told which model it is
     */
    ModelDirectory open(Optional<String> named, PrintWriter out) {
        Path model = named.map(this::find).or(this::newest).orElseGet(this::bundledCheckpoint);
        if (named.isEmpty()) {
            out.println("model: " + name(model) + (model.equals(bundledCheckpoint()) ? ", the bundled one" : ", the newest converted one"));
        }
        return Files.isRegularFile(model) ? converted(model, out) : ModelDirectory.open(model);
    }

    /** Where a checkpoint is converted to when nobody says otherwise. */
    Path conversionOf(Path checkpoint) {
        boolean bundled = normalized(checkpoint).equals(normalized(bundledCheckpoint()));
        return folder.resolve(bundled ? BUNDLED + "/converted" : name(checkpoint));
    }

    /** What a model is called, by the folder or checkpoint that it is in. */
    static String name(Path model) {
        Path path = normalized(model);
        Path named = path.endsWith(BUNDLED + "/converted") ? path.getParent() : path;
        return named.getFileName().toString().replaceFirst("\\.(ckpt|safetensors|pt)$", "");
    }

    private Path find(String named) {
        Path inLibrary = folder.resolve(named);
        Path path = Files.exists(Path.of(named)) || !Files.exists(inLibrary) ? Path.of(named) : inLibrary;
        Path checkpoint = path.resolve(path.getFileName() + ".ckpt");
        boolean onlyCheckpoint = !Files.exists(path.resolve(Manifest.FILE)) && Files.isRegularFile(checkpoint);
        return onlyCheckpoint ? checkpoint : path;
    }

    private ModelDirectory converted(Path checkpoint, PrintWriter out) {
        Path conversion = conversionOf(checkpoint);
        if (isConversion(conversion, checkpoint)) {
            return ModelDirectory.open(conversion);
        }
        out.println("converting " + checkpoint + " to " + conversion + " …");
        out.flush();
        try (ByteProgress progress = new ByteProgress("converting")) {
            return Converter.convert(checkpoint, conversion, Converter.Options.standard(), progress);
        }
    }

    private static boolean isConversion(Path folder, Path checkpoint) {
        Path manifest = folder.resolve(Manifest.FILE);
        if (!Files.isRegularFile(manifest)) {
            return false;
        }
        Manifest.Source source = ModelDirectory.open(folder).manifest().source();
        boolean same = source.file().equals(checkpoint.getFileName().toString()) && source.size() == checkpoint.toFile().length();
        return same && manifest.toFile().lastModified() >= checkpoint.toFile().lastModified();
    }

    private Optional<Path> newest() {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> models = Files.list(folder)) {
            return models.filter(model -> Files.isRegularFile(model.resolve(Manifest.FILE)))
                    .max(Comparator.comparing(model -> model.resolve(Manifest.FILE).toFile().lastModified()));
        } catch (IOException e) {
            throw new UserException("cannot read the folder of models " + folder + ": " + FileFailure.reason(e), e);
        }
    }

    private Path bundledCheckpoint() {
        return folder.resolve(BUNDLED).resolve(BUNDLED + ".ckpt");
    }

    private static Path normalized(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
