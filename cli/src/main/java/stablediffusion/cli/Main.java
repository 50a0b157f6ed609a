package stablediffusion.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import stablediffusion.model.UserException;

/**
 * The program {@code sd}. Exit codes: 0 done, 1 failed, 2 the command line was wrong.
 */
@Command(
        name = "sd",
        description = "Stable Diffusion v1 on the JVM: pictures from text, on GPUs through TornadoVM or on the CPU.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            GenerateCommand.class,
            ConvertCommand.class,
            InspectCommand.class,
            ExportCommand.class,
            SynthCommand.class,
            DevicesCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sd generate \"a red circle on a blue background\"",
            "  sd convert sd-v1-4.ckpt",
            "  sd devices",
            "",
            "'sd COMMAND --help' tells more about a command."
        })
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The whole command line, as {@link #main} runs it. */
    public static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((exception, commandLine, _) -> {
                    if (exception instanceof UserException) {
                        commandLine.getErr().println("sd: " + exception.getMessage());
                    } else {
                        commandLine.getErr().println("sd: a bug, please report it with what follows");
                        exception.printStackTrace(commandLine.getErr());
                    }
                    return CommandLine.ExitCode.SOFTWARE;
                });
    }
}
