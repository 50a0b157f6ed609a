package stablediffusion.cli.commands;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import stablediffusion.cli.options.BlobPrecision;
import stablediffusion.cli.options.ProjectFolder;
import stablediffusion.cli.output.ByteProgress;
import stablediffusion.cli.output.ModelText;
import stablediffusion.model.ByteSize;
import stablediffusion.model.Precision;
import stablediffusion.model.Printable;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.Converter;

import java.nio.file.Path;
import java.util.Optional;

@Command(
        name = "convert",
        description = "Converts a checkpoint to a model that the other commands read.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd convert sd-v1-4.ckpt                 makes models/sd-v1-4",
            "  sd convert sd-v1-4-full-ema.ckpt --ema  takes the averaged weights of a training checkpoint"
        })
public final class ConvertCommand implements Runnable {
    @Parameters(paramLabel = "CHECKPOINT", description = "A Stable Diffusion v1 model: .ckpt or .safetensors.")
    private Path checkpoint;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "The folder to write. Default: models/NAME, NAME being the checkpoint's. An older converted model in it is replaced.")
    private Optional<Path> output = Optional.empty();

    @Option(
            names = "--precision",
            paramLabel = "f16|f32",
            defaultValue = "f16",
            description = "Precision of the stored weights: ${COMPLETION-CANDIDATES}. f32 takes twice the space. Default: ${DEFAULT-VALUE}.",
            converter = BlobPrecision.class,
            completionCandidates = BlobPrecision.Names.class)
    private Precision precision;

    @Option(names = "--ema",
            description = "Convert the moving average of the UNet's weights (model_ema.*), which training checkpoints contain.")
    private boolean ema;

    @Option(names = "--licence", paramLabel = "TEXT",
            description = "The model's licence, for the manifest. Default: the one that the checkpoint names.")
    private Optional<String> licence = Optional.empty();

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        Path folder = output.orElseGet(() -> ProjectFolder.models().conversionOf(checkpoint));
        long start = System.nanoTime();
        ModelDirectory model;
        try (ByteProgress progress = new ByteProgress("convert")) {
            model = Converter.convert(checkpoint, folder, new Converter.Options(precision, ema, licence), progress);
        }
        long size = model.manifest().blobs().stream().mapToLong(Manifest.BlobFile::size).sum();
        spec.commandLine()
                .getOut()
                .printf("%s: %s in %.1f s; %s%n", Printable.line(folder.toString()), ByteSize.format(size),
                        (System.nanoTime() - start) / 1e9,
                        ModelText.configuration(model.configuration()));
    }
}
