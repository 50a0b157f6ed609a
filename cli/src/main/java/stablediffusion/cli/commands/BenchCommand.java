package stablediffusion.cli.commands;

import picocli.CommandLine.Command;

@Command(
        name = "bench",
        description = "Measures speed and memory.",
        mixinStandardHelpOptions = true,
        subcommands = {BenchModelCommand.class, BenchKernelsCommand.class},
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd bench model                                   the networks of the model that generate takes, and a picture",
            "  sd bench model --config sd-v1 --size 256         at full width, without a download",
            "  sd bench kernels --filter attention --csv        every attention of Stable Diffusion v1"
        })
public final class BenchCommand {}
