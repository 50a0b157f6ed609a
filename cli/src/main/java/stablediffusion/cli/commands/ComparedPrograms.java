package stablediffusion.cli.commands;

import stablediffusion.bench.ComparisonRun;
import stablediffusion.bench.PictureRequest;
import stablediffusion.bench.StableDiffusionCpp;
import stablediffusion.cli.options.MeasuredModel;
import stablediffusion.cli.output.ByteProgress;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.weights.Exporter;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** Prepares stable-diffusion.cpp for a comparison: finds its program, and writes the model as a checkpoint that it reads. */
final class ComparedPrograms implements AutoCloseable {
    /** The sampler where a model's own is none of those that both have. */
    private static final String COMMON_SAMPLER = "euler";
    private static final String NAME = "sd.cpp";

    private final TemporaryFolder folder;
    private final Path checkpoint;

    private ComparedPrograms(TemporaryFolder folder) {
        this.folder = folder;
        this.checkpoint = folder.path().resolve("model.safetensors");
    }

    /** @param output the report, beside which there must be room for the checkpoint */
    static ComparedPrograms beside(Path output) {
        return new ComparedPrograms(TemporaryFolder.beside(output));
    }

    /** Returns whether the name of a backend, without a precision, is that of a program. */
    static boolean isProgram(String name) {
        return name.equals(NAME) || name.startsWith(NAME + ":");
    }

    /** Finds the program that a backend names: "sd.cpp", or "sd.cpp:" and a file. */
    StableDiffusionCpp find(String name) {
        if (!name.equals(NAME)) {
            return StableDiffusionCpp.at(name.substring(NAME.length() + 1), folder.path());
        }
        return StableDiffusionCpp.onPath(folder.path()).orElseThrow(() -> new InvalidRequestException(
                "stable-diffusion.cpp is not on the PATH as " + String.join(" or ", StableDiffusionCpp.NAMES)
                        + "; name its program, as in --backends sd.cpp:build/bin/sd-cli"));
    }

    /** Checks what the options ask of programs: they paint one picture, from a file, with a sampler that they have. */
    static void check(Optional<PictureRequest> picture, boolean randomWeights, Optional<String> sampler) {
        if (picture.isEmpty()) {
            throw new InvalidRequestException(NAME + " makes whole images only; take --steps 1 or more");
        }
        if (randomWeights) {
            throw new InvalidRequestException(
                    NAME + " reads its weights from a file; take --model instead of --config ('sd synth' makes one with random weights)");
        }
        if (sampler.isPresent() && !isCommon(sampler.get())) {
            throw new InvalidRequestException(NAME + " has no sampler " + sampler.get() + "; take one of --sampler "
                    + StableDiffusionCpp.SAMPLERS.stream().sorted().toList());
        }
    }

    /** Returns the picture with a sampler that all have. */
    static PictureRequest common(PictureRequest picture, Consumer<String> messages) {
        if (isCommon(picture.sampler())) {
            return picture;
        }
        messages.accept("all use sampler " + COMMON_SAMPLER + ": " + NAME + " has no " + picture.sampler());
        return picture.with(COMMON_SAMPLER);
    }

    private static boolean isCommon(String sampler) {
        return StableDiffusionCpp.SAMPLERS.contains(Samplers.find(sampler).name());
    }

    /** Writes the checkpoint. */
    void write(MeasuredModel.Chosen model, Consumer<String> messages) {
        messages.accept("writing the model as a checkpoint for " + NAME + " …");
        try (ByteProgress progress = new ByteProgress("export")) {
            Exporter.export(model.directory().orElseThrow(), checkpoint, progress);
        }
    }

    ComparisonRun.Program program(
            String label, StableDiffusionCpp program, PictureRequest picture, MeasuredModel.Chosen model, EngineSettings settings) {
        return new ComparisonRun.Program(
                label,
                program,
                new StableDiffusionCpp.Task(checkpoint, picture, model.width(), model.height(), settings.threadsOnCpu(),
                        settings.precision()),
                folder.path());
    }

    @Override
    public void close() {
        folder.close();
    }
}
