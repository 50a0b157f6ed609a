package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.bench.RandomWeights;
import stablediffusion.library.ModelLibrary;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.model.weights.Weights;

import java.io.PrintWriter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Options of every command that measures: what model, at what size. */
public final class MeasuredModel {
    private static final long SEED = 1;
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})(?:x(\\d{1,5}))?");

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "A converted model's folder, its name in models/, or a checkpoint, which is converted first.")
    private Optional<String> model = Optional.empty();

    @Option(
            names = "--config",
            paramLabel = "sd-v1|narrow",
            description = "Use random weights instead of a model: with the sizes of Stable Diffusion v1, or with its depth and a tenth of its width.")
    private Optional<String> configuration = Optional.empty();

    @Option(
            names = "--size",
            paramLabel = "PIXELS",
            description = "Size of the image: one number for a square, or width x height as in 768x512. Default: the size of the model's training.")
    private Optional<String> size = Optional.empty();

    /**
     * Holds what was chosen.
     *
     * @param directory the model; empty where the weights are random
     */
    public record Chosen(
            String name,
            Configuration configuration,
            Weights weights,
            Optional<ModelDirectory> directory,
            Manifest.Defaults defaults,
            int width,
            int height) {}

    /** Returns whether a configuration was named, whose weights are random. */
    public boolean hasRandomWeights() {
        return configuration.isPresent();
    }

    /** Opens the model or configuration; the default is the model that {@code sd generate} would use. */
    public Chosen open(PrintWriter messages) {
        return open(messages, Optional.empty());
    }

    /** @param usual configuration where neither a model nor a configuration was named */
    public Chosen open(PrintWriter messages, Optional<String> usual) {
        if (model.isPresent() && configuration.isPresent()) {
            throw new InvalidRequestException("--model and --config exclude each other: a model has its own sizes");
        }
        Optional<String> chosen = model.isPresent() ? Optional.empty() : configuration.or(() -> usual);
        if (chosen.isPresent()) {
            return sized(chosen.get() + ", random weights", named(chosen.get()), new RandomWeights(SEED), Optional.empty(),
                    Manifest.Defaults.NONE);
        }
        ModelDirectory directory = ProjectFolder.openModel(model, messages);
        return sized(
                ModelLibrary.name(directory.folder()), directory.configuration(), directory, Optional.of(directory),
                directory.manifest().defaults());
    }

    /** @throws UserException where there is none of this name */
    public static Configuration named(String name) {
        return switch (name) {
            case "sd-v1" -> Configuration.v1();
            case "narrow" -> Configuration.narrow();
            default -> throw new InvalidRequestException("no configuration " + name + ": take sd-v1 or narrow");
        };
    }

    private Chosen sized(
            String name, Configuration configuration, Weights weights, Optional<ModelDirectory> directory, Manifest.Defaults defaults) {
        if (size.isEmpty()) {
            return new Chosen(name, configuration, weights, directory, defaults, configuration.nativeSize(), configuration.nativeSize());
        }
        Matcher matcher = SIZE.matcher(size.get());
        if (!matcher.matches()) {
            throw new InvalidRequestException("--size " + size.get() + " is no size: give pixels, as in 512 or 768x512");
        }
        int width = Integer.parseInt(matcher.group(1));
        int height = matcher.group(2) == null ? width : Integer.parseInt(matcher.group(2));
        for (int pixels : new int[] {width, height}) {
            if (pixels < 8 || pixels % 8 != 0) {
                throw new InvalidRequestException("--size " + size.get() + ": " + pixels + " is not a multiple of 8");
            }
        }
        Request.requireSize(width, height);
        return new Chosen(name, configuration, weights, directory, defaults, width, height);
    }
}
