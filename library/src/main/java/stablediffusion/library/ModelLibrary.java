package stablediffusion.library;

import stablediffusion.model.FileFailure;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.ConversionProgress;
import stablediffusion.weights.Converter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Finds models by file, folder or name, and converts checkpoints on their first use.
 *
 * @param folder of converted models, each in a folder of its own; names are looked up and checkpoints are converted there. Empty: a checkpoint
 *     is converted into a folder beside it, and there are no names.
 */
public record ModelLibrary(Optional<Path> folder) {
    private static final String BUNDLED = "tiny-shapes";
    private static final String CONVERTED = "converted";

    /** Returns the library in a folder. */
    public static ModelLibrary in(Path folder) {
        return new ModelLibrary(Optional.of(folder));
    }

    /**
     * Opens the model that a user named.
     *
     * @param named a converted model's folder, its name in the library, or a checkpoint, which is converted if it was not yet
     * @param messages is told of a conversion, one line
     * @param progress of a conversion
     * @throws UserException if there is no such model, or it cannot be read or converted
     */
    public ModelDirectory open(String named, Consumer<String> messages, ConversionProgress progress) {
        requireName(named);
        folder.ifPresent(Converter::recover);
        return open(find(named), messages, progress);
    }

    /**
     * Opens the newest converted model of the library, else the bundled one.
     *
     * @param messages is told which model it is, one line, and of a conversion
     * @param progress of a conversion
     * @throws UserException if there is none
     */
    public ModelDirectory openNewest(Consumer<String> messages, ConversionProgress progress) {
        folder.ifPresent(Converter::recover);
        Path bundled = bundledCheckpoint();
        Path model = newest().orElse(bundled);
        messages.accept("model: " + name(model) + (model.equals(bundled) ? ", the bundled one" : ", the newest converted one"));
        return open(model, messages, progress);
    }

    /**
     * Returns the names by which {@link #open} finds models in the folder: the converted ones and the bundled one, in alphabetical order.
     *
     * @throws UserException if the folder cannot be read
     */
    public List<String> names() {
        Stream<String> bundled = Stream.of(bundledCheckpoint()).filter(Files::isRegularFile).map(ModelLibrary::name);
        return Stream.concat(converted().stream().map(ModelLibrary::name), bundled).distinct().sorted().toList();
    }

    /** Returns the folder that a checkpoint is converted to. */
    public Path conversionOf(Path checkpoint) {
        String name = name(checkpoint);
        Path beside = normalized(checkpoint).getParent();
        // models/tiny-shapes/tiny-shapes.ckpt has a folder of its own already.
        boolean hasFolder = beside.endsWith(name) && folder.map(models -> normalized(models.resolve(name)).equals(beside)).orElse(true);
        return hasFolder ? folder.map(models -> models.resolve(name)).orElse(beside).resolve(CONVERTED)
                : folder.orElse(beside).resolve(name);
    }

    /** Returns the name of a model that lies in a folder or checkpoint. */
    public static String name(Path model) {
        Path path = normalized(model);
        Path named = path.endsWith(CONVERTED) ? path.getParent() : path;
        return Optional.ofNullable(named.getFileName()).orElse(named).toString().replaceFirst("\\.(ckpt|safetensors|pt)$", "");
    }

    private Path find(String named) {
        Path inLibrary = folder.map(models -> models.resolve(named)).orElse(Path.of(named));
        Path path = Files.exists(Path.of(named)) || !Files.exists(inLibrary) ? Path.of(named) : inLibrary;
        Path checkpoint = path.resolve(path.getFileName() + ".ckpt");
        boolean onlyCheckpoint = !Files.exists(path.resolve(Manifest.FILE)) && Files.isRegularFile(checkpoint);
        return onlyCheckpoint ? checkpoint : path;
    }

    private static void requireName(String named) {
        if (named.isBlank()) {
            throw new InvalidRequestException("the name of the model is empty");
        }
    }

    private ModelDirectory open(Path model, Consumer<String> messages, ConversionProgress progress) {
        if (!Files.isRegularFile(model)) {
            return ModelDirectory.open(model);
        }
        Path conversion = conversionOf(model);
        if (isConversion(conversion, model)) {
            return ModelDirectory.open(conversion);
        }
        messages.accept("converting " + model + " to " + conversion + " …");
        return Converter.convert(model, conversion, Converter.Options.standard(), progress);
    }

    private static boolean isConversion(Path folder, Path checkpoint) {
        Path manifest = folder.resolve(Manifest.FILE);
        if (!Files.isRegularFile(manifest)) {
            return false;
        }
        Manifest.Source source = ModelDirectory.open(folder).manifest().source();
        boolean same = source.file().equals(checkpoint.getFileName().toString()) && source.size() == checkpoint.toFile().length();
        long newest = Math.max(checkpoint.toFile().lastModified(), Converter.defaultsFile(checkpoint).toFile().lastModified());
        return same && manifest.toFile().lastModified() >= newest;
    }

    private Optional<Path> newest() {
        return converted().stream().max(Comparator.comparingLong(model -> model.resolve(Manifest.FILE).toFile().lastModified()));
    }

    private List<Path> converted() {
        if (folder.isEmpty() || !Files.isDirectory(folder.get())) {
            return List.of();
        }
        try (Stream<Path> models = Files.list(folder.get())) {
            return models.filter(model -> Files.isRegularFile(model.resolve(Manifest.FILE))).toList();
        } catch (IOException e) {
            throw new UserException("cannot read the folder of models " + folder.get() + ": " + FileFailure.reason(e), e);
        }
    }

    private Path bundledCheckpoint() {
        return folder.orElse(Path.of("")).resolve(BUNDLED).resolve(BUNDLED + ".ckpt");
    }

    private static Path normalized(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
