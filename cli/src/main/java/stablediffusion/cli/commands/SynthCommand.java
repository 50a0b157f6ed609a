package stablediffusion.cli.commands;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import stablediffusion.cli.options.MeasuredModel;
import stablediffusion.cli.output.ByteProgress;
import stablediffusion.cli.output.ModelText;
import stablediffusion.model.ByteSize;
import stablediffusion.model.Printable;
import stablediffusion.model.network.Configuration;
import stablediffusion.weights.SyntheticModel;

import java.nio.file.Path;

@Command(
        name = "synth",
        description = {
            "Writes a checkpoint with random weights in the original file format, to try everything at full size without a download.",
            "Its images are noise."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = "  sd synth --config sd-v1 -o synthetic.ckpt")
public final class SynthCommand implements Runnable {
    @Option(
            names = "--config",
            paramLabel = "sd-v1|narrow",
            defaultValue = "sd-v1",
            description = "sd-v1: the sizes of Stable Diffusion v1, 4.3 GB; narrow: its depth and a tenth of its width. Default: ${DEFAULT-VALUE}.")
    private String configuration;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The checkpoint to write: .ckpt or .safetensors.")
    private Path output;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        Configuration model = MeasuredModel.named(configuration);
        try (ByteProgress progress = new ByteProgress("synth")) {
            SyntheticModel.write(model, output, progress);
        }
        spec.commandLine().getOut().printf("%s: %s; %s%n", Printable.line(output.toString()), ByteSize.format(output.toFile().length()),
                ModelText.configuration(model));
    }
}
