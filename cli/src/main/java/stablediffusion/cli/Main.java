package stablediffusion.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
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
import stablediffusion.cli.commands.ServeCommand;
import stablediffusion.cli.commands.SynthCommand;
import stablediffusion.cli.commands.TuneCommand;
import stablediffusion.cli.output.Remedies;
import stablediffusion.cli.output.StandardOutput;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Printable;
import stablediffusion.model.UserException;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.InvalidPathException;
import java.util.List;
import java.util.function.Predicate;

/**
 * Runs the program {@code sd}. Exit codes: 0 done, 1 failed, 2 what was asked for is wrong, so that asking again is of no use.
 */
@Command(
        name = "sd",
        description = "Stable Diffusion v1 on the JVM: images from text, on GPUs through TornadoVM or on the CPU.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
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
    private static final List<Class<?>> COMMANDS = List.of(
            GenerateCommand.class,
            ServeCommand.class,
            ConvertCommand.class,
            InspectCommand.class,
            ExportCommand.class,
            SynthCommand.class,
            BenchCommand.class,
            CompareCommand.class,
            TuneCommand.class,
            DevicesCommand.class,
            CompletionCommand.class);

    private Main() {}

    public static void main(String[] arguments) {
        StandardOutput output = new StandardOutput();
        String first = arguments.length == 0 ? "" : arguments[0];
        CommandLine sd = commandLine(name -> name.equals(first) || first.equals("completion")).setOut(output.writer());
        int exitCode = sd.execute(arguments);
        System.exit(exitCode == CommandLine.ExitCode.OK ? output.exitCode(sd.getErr()) : exitCode);
    }

    /** Returns the command line of {@link #main}, with all that each command takes. */
    public static CommandLine commandLine() {
        return commandLine(_ -> true);
    }

    /** @param whole whether the command of a name shall have its options: to read those of all takes longer than most commands do */
    private static CommandLine commandLine(Predicate<String> whole) {
        // Picocli's own warnings go past the messages' writer, and show what was typed raw: of a quote without its partner in a list, for one.
        CommandLine.tracer().setLevel(CommandLine.TraceLevel.OFF);
        CommandLine sd = new CommandLine(new Main());
        for (Class<?> type : COMMANDS) {
            Command command = type.getAnnotation(Command.class);
            sd.addSubcommand(command.name(), whole.test(command.name()) ? type : described(command));
        }
        return sd.setCaseInsensitiveEnumValuesAllowed(true)
                // A prompt may begin with @; it is no name of a file of options.
                .setExpandAtFiles(false)
                .setExecutionStrategy(Main::run)
                .setParameterExceptionHandler(Main::printUsageError)
                .setExecutionExceptionHandler((exception, commandLine, _) -> {
                    PrintWriter messages = commandLine.getErr();
                    return switch (exception) {
                        case InvalidRequestException wrong -> fail(messages, Remedies.message(wrong), CommandLine.ExitCode.USAGE);
                        case UserException known -> fail(messages, Remedies.message(known), CommandLine.ExitCode.SOFTWARE);
                        case InvalidPathException noName -> fail(messages, "'" + noName.getInput() + "' can be no name of a file here ("
                                + noName.getReason() + "); for names beyond ASCII, set LC_ALL=C.UTF-8", CommandLine.ExitCode.USAGE);
                        default -> bug(messages, exception);
                    };
                });
    }

    /** Returns a command that has only what the list of commands shows. */
    private static CommandSpec described(Command command) {
        CommandSpec spec = CommandSpec.create();
        spec.usageMessage().header(command.header()).description(command.description());
        return spec;
    }

    /**
     * Runs a command. Errors of the JVM that input can cause, although its size is checked, end in one line like other failures; there is no
     * memory to count on for more.
     */
    private static int run(ParseResult arguments) {
        PrintWriter messages = arguments.commandSpec().commandLine().getErr();
        try {
            return new RunLast().execute(arguments);
        } catch (OutOfMemoryError tooLarge) {
            return fail(messages,
                    "there is too little memory for this: ask for a smaller picture or fewer at a time, or give the program more,"
                            + " as in SD_JAVA_OPTIONS=-Xmx8g (" + tooLarge.getMessage() + ")",
                    CommandLine.ExitCode.SOFTWARE);
        } catch (NoClassDefFoundError missing) {
            return fail(messages, "the program is incomplete, a part of it (" + missing.getMessage() + ") is missing or damaged:"
                    + " build or unpack it again", CommandLine.ExitCode.SOFTWARE);
        } catch (StackOverflowError tooDeep) {
            return fail(messages, "the input is nested too deeply to be read: a file that was named is damaged, or was made to do harm",
                    CommandLine.ExitCode.SOFTWARE);
        }
    }

    private static int fail(PrintWriter messages, String message, int exitCode) {
        messages.println("sd: " + Printable.message(message));
        messages.flush();
        return exitCode;
    }

    private static int bug(PrintWriter messages, Exception exception) {
        messages.println("sd: a bug, please report it with what follows");
        StringWriter trace = new StringWriter();
        exception.printStackTrace(new PrintWriter(trace));
        messages.println(Printable.lines(trace.toString(), ""));
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
        command.getErr().println("sd: " + Printable.message(exception.getMessage())
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
