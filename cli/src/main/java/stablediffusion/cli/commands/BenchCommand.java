package stablediffusion.cli.commands;

import picocli.CommandLine.Command;

@Command(
        name = "bench",
        description = "Measures speed and memory.",
        mixinStandardHelpOptions = true,
        subcommands = {BenchModelCommand.class, BenchKernelsCommand.class, BenchHostCommand.class},
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd bench model                                   the networks of the model that generate takes, and a picture",
            "  sd bench model --config sd-v1 --size 256         at full width, without a download",
            "  sd bench kernels --filter attention --csv        every attention of Stable Diffusion v1",
            "  sd bench host --config narrow --size 64          what the host does beside the device"
        })
public final class BenchCommand {}
