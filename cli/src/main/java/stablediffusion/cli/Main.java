package stablediffusion.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import stablediffusion.cli.commands.BenchCommand;
import stablediffusion.cli.commands.CompareCommand;
import stablediffusion.cli.commands.CompletionCommand;
import stablediffusion.cli.commands.ConvertCommand;
import stablediffusion.cli.commands.DevicesCommand;
import stablediffusion.cli.commands.ExportCommand;
import stablediffusion.cli.commands.GenerateCommand;
import stablediffusion.cli.commands.InspectCommand;
import stablediffusion.cli.commands.SynthCommand;
import stablediffusion.cli.commands.TuneCommand;
import stablediffusion.cli.output.Remedies;
import stablediffusion.model.UserException;

import java.util.List;

/**
 * Runs the program {@code sd}. Exit codes: 0 done, 1 failed, 2 wrong command line.
 */
@Command(
        name = "sd",
        description = "Stable Diffusion v1 on the JVM: images from text, on GPUs through TornadoVM or on the CPU.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            GenerateCommand.class,
            ConvertCommand.class,
            InspectCommand.class,
            ExportCommand.class,
            SynthCommand.class,
            BenchCommand.class,
            CompareCommand.class,
            TuneCommand.class,
            DevicesCommand.class,
            CompletionCommand.class
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

    /** Returns the command line that {@link #main} runs. */
    public static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::printUsageError)
                .setExecutionExceptionHandler((exception, commandLine, _) -> {
                    if (exception instanceof UserException known) {
                        commandLine.getErr().println("sd: " + Remedies.message(known));
                    } else {
                        commandLine.getErr().println("sd: a bug, please report it with what follows");
                        exception.printStackTrace(commandLine.getErr());
                    }
                    return CommandLine.ExitCode.SOFTWARE;
                });
    }

    /** Prints one line with the nearest option or command instead of the whole help. */
    private static int printUsageError(ParameterException exception, String[] arguments) {
        CommandLine command = exception.getCommandLine();
        if (arguments.length == 0) {
            command.usage(command.getErr());
            return CommandLine.ExitCode.USAGE;
        }
        command.getErr().println("sd: " + exception.getMessage()
                + (exception instanceof UnmatchedArgumentException unmatched ? remedy(unmatched) : "")
                + " ('" + command.getCommandSpec().qualifiedName() + " --help' tells more)");
        command.getErr().flush();
        return CommandLine.ExitCode.USAGE;
    }

    private static String remedy(UnmatchedArgumentException exception) {
        List<String> nearest = exception.getSuggestions();
        if (!nearest.isEmpty()) {
            return ": did you mean " + nearest.getFirst() + "?";
        }
        return exception.isUnknownOption() ? "" : ": put several words in quotes";
    }
}
