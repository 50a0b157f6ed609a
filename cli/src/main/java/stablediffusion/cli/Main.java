package stablediffusion.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
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
import stablediffusion.cli.output.Printable;
import stablediffusion.cli.output.Remedies;
import stablediffusion.model.UserException;

import java.io.PrintWriter;
import java.io.StringWriter;
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
                // A prompt may begin with @; it is no name of a file of options.
                .setExpandAtFiles(false)
                .setExecutionStrategy(Main::run)
                .setParameterExceptionHandler(Main::printUsageError)
                .setExecutionExceptionHandler((exception, commandLine, _) -> {
                    if (exception instanceof UserException known) {
                        commandLine.getErr().println("sd: " + Printable.line(Remedies.message(known)));
                    } else {
                        commandLine.getErr().println("sd: a bug, please report it with what follows");
                        StringWriter trace = new StringWriter();
                        exception.printStackTrace(new PrintWriter(trace));
                        commandLine.getErr().println(Printable.lines(trace.toString(), ""));
                    }
                    return CommandLine.ExitCode.SOFTWARE;
                });
    }

    /**
     * Runs a command. Errors of the JVM that input can cause, although its size is checked, end in one line like other failures; there is no
     * memory to count on for more.
     */
    private static int run(ParseResult arguments) {
        try {
            return new RunLast().execute(arguments);
        } catch (OutOfMemoryError tooLarge) {
            return fail(arguments,
                    "there is too little memory for this: ask for a smaller picture or fewer at a time, or give the program more,"
                            + " as in SD_JAVA_OPTIONS=-Xmx8g (" + tooLarge.getMessage() + ")");
        } catch (StackOverflowError tooDeep) {
            return fail(arguments, "the input is nested too deeply to be read: a file that was named is damaged, or was made to do harm");
        }
    }

    private static int fail(ParseResult arguments, String message) {
        PrintWriter messages = arguments.commandSpec().commandLine().getErr();
        messages.println("sd: " + message);
        messages.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** Prints one line with the nearest option or command instead of the whole help. */
    private static int printUsageError(ParameterException exception, String[] arguments) {
        CommandLine command = exception.getCommandLine();
        if (arguments.length == 0) {
            command.usage(command.getErr());
            return CommandLine.ExitCode.USAGE;
        }
        command.getErr().println("sd: " + Printable.line(exception.getMessage())
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
