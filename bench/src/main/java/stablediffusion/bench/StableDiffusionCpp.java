package stablediffusion.bench;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Precision;
import stablediffusion.model.Printable;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.sampler.Samplers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Runs the program of stable-diffusion.cpp. It paints whole pictures and has no networks that could be run alone, so it is no engine.
 *
 * @param executable its file, or its name on the PATH
 * @param version what it answers to {@code --version}
 */
public record StableDiffusionCpp(String executable, String version) {
    /** The names that its builds have on the PATH; this project's program may be a {@code sd} too. */
    public static final List<String> NAMES = List.of("sd-cli", "sd");
    /** The samplers that take the same steps there as here. */
    public static final Set<String> SAMPLERS = Set.of("euler", "heun", "dpm2", "dpm++2m", "lms");

    private static final String VERSION = "stable-diffusion.cpp version ";
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final Duration PICTURE = Duration.ofHours(6);

    /**
     * Describes a picture to paint.
     *
     * @param checkpoint the model, as {@code .safetensors} or {@code .ckpt}
     * @param width width in pixels
     * @param height height in pixels
     * @param weights the precision to convert the weights to; empty: that of the checkpoint
     */
    public record Task(Path checkpoint, PictureRequest picture, int width, int height, int threads, Optional<Precision> weights) {}

    /** Holds a picture and how it was made. */
    public record Painted(ProgramReport report, Picture picture) {}

    /**
     * Finds the program on the PATH.
     *
     * @param folder a folder for temporary files
     */
    public static Optional<StableDiffusionCpp> onPath(Path folder) {
        return NAMES.stream().flatMap(name -> {
            try {
                return Optional.of(ask(name, folder)).filter(StableDiffusionCpp::isMeant).stream();
            } catch (IOException | UserException none) {
                return Optional.<StableDiffusionCpp>empty().stream();
            }
        }).findFirst();
    }

    /**
     * Asks a program for its version.
     *
     * @param folder a folder for temporary files
     * @throws InvalidRequestException if there is no such program, or it is another one
     */
    public static StableDiffusionCpp at(String executable, Path folder) {
        try {
            StableDiffusionCpp found = ask(executable, folder);
            if (!found.isMeant()) {
                throw new InvalidRequestException(executable + " is not stable-diffusion.cpp, or too old a one: to --version it answers '"
                        + found.version + "'");
            }
            return found;
        } catch (IOException e) {
            throw new InvalidRequestException("stable-diffusion.cpp does not start: " + e.getMessage(), e);
        }
    }

    private static StableDiffusionCpp ask(String executable, Path folder) throws IOException {
        ExternalProcess asked = ExternalProcess.run(List.of(executable, "--version"), folder.resolve("version.txt"), ANSWER);
        return new StableDiffusionCpp(executable, Printable.message(asked.output().lines().findFirst().orElse("").strip()));
    }

    private boolean isMeant() {
        return version.startsWith(VERSION);
    }

    /**
     * Paints a picture.
     *
     * @param folder a folder for temporary files
     * @throws UserException if the program fails
     */
    public Painted paint(Task task, Path folder) {
        Path file = folder.resolve("picture.png");
        ExternalProcess run;
        try {
            // The file may be there from another build in the same comparison.
            Files.deleteIfExists(file);
            run = ExternalProcess.run(command(task, file), folder.resolve("log.txt"), PICTURE);
        } catch (IOException e) {
            throw new UserException(executable + " does not start: " + e.getMessage(), e);
        }
        StableDiffusionCppLog log = new StableDiffusionCppLog(run.output());
        if (run.exitCode() != 0) {
            throw new UserException(executable + " ended with exit code " + run.exitCode() + ": " + log.reason());
        }
        if (!Files.exists(file)) {
            throw new UserException(executable + " wrote no picture: " + log.reason());
        }
        Picture picture = Picture.fromImage(PictureFile.read(file));
        if (picture.width() != task.width || picture.height() != task.height) {
            throw new UserException(executable + " painted " + picture.width() + "x" + picture.height() + " pixels instead of "
                    + task.width + "x" + task.height);
        }
        String weights = task.weights.map(StableDiffusionCpp::name).orElseGet(log::weights);
        PictureMeasurement measurement = new PictureMeasurement(
                task.picture.prompt(), task.picture.seed(), task.picture.steps(), run.seconds(), log.phases(run.seconds()));
        return new Painted(
                new ProgramReport(version + ", " + EngineSettings.inWords(task.threads) + ", weights " + weights, log.build(), measurement),
                picture);
    }

    private List<String> command(Task task, Path file) {
        PictureRequest picture = task.picture;
        List<String> command = new ArrayList<>(List.of(
                executable, "--verbose",
                "--model", task.checkpoint.toString(),
                "--output", file.toString(),
                "--prompt", picture.prompt(),
                "--width", Integer.toString(task.width),
                "--height", Integer.toString(task.height),
                "--steps", Integer.toString(picture.steps()),
                "--sampling-method", Samplers.find(picture.sampler()).name(),
                "--scheduler", "discrete",
                "--cfg-scale", Float.toString(picture.guidanceScale()),
                "--seed", Long.toString(picture.seed()),
                // Draws noise as PyTorch does on a processor.
                "--rng", "cpu",
                "--threads", Integer.toString(task.threads)));
        task.weights.ifPresent(precision -> command.addAll(List.of("--type", name(precision))));
        return command;
    }

    private static String name(Precision precision) {
        return precision.name().toLowerCase(Locale.ROOT);
    }
}
