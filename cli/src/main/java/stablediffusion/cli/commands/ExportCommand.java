package stablediffusion.cli.commands;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import stablediffusion.cli.output.ByteProgress;
import stablediffusion.model.ByteSize;
import stablediffusion.model.Printable;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.Exporter;

import java.nio.file.Path;

@Command(
        name = "export",
        description = "Writes a converted model as a checkpoint for other programs.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  sd export models/sd-v1-4 -o sd-v1-4-f16.safetensors")
public final class ExportCommand implements Runnable {
    @Parameters(paramLabel = "DIR", description = "A converted model.")
    private Path model;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The checkpoint to write: .safetensors or .ckpt.")
    private Path output;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        try (ByteProgress progress = new ByteProgress("export")) {
            Exporter.export(ModelDirectory.open(model), output, progress);
        }
        spec.commandLine().getOut().printf("%s: %s%n", Printable.line(output.toString()), ByteSize.format(output.toFile().length()));
    }
}
