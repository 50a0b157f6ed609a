package stablediffusion.tests.fuzz;

import picocli.CommandLine;
import stablediffusion.cli.Main;
import stablediffusion.model.Printable;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** Runs a command of {@code sd} in this process and checks how it ends: with success, or with one line that says what is wrong. */
final class CommandCase {
    private static final int LONGEST_LINE = 3_000;

    private CommandCase() {}

    /** Returns the exit code. */
    static int run(List<String> arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine sd = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exitCode = sd.execute(arguments.toArray(String[]::new));
        String messages = err.toString();
        require(exitCode >= 0 && exitCode <= 2, "exit code " + exitCode, arguments, messages);
        List<String> failures = messages.lines().filter(line -> line.startsWith("sd: ")).toList();
        if (exitCode == 0) {
            require(failures.isEmpty(), "a failure that is none", arguments, messages);
        } else if (!arguments.isEmpty()) {
            require(failures.size() == 1 && messages.endsWith(failures.getFirst() + System.lineSeparator()), "not one last line",
                    arguments, messages);
            require(!failures.getFirst().startsWith("sd: a bug") && !failures.getFirst().contains("too little memory for this"),
                    "no failure of the user", arguments, messages);
            require(failures.getFirst().length() < LONGEST_LINE, "a message without end", arguments,
                    messages.substring(0, Math.min(200, messages.length())));
        }
        requirePrintable(out.toString(), "output", arguments);
        requirePrintable(messages, "messages", arguments);
        return exitCode;
    }

    private static void requirePrintable(String text, String what, List<String> arguments) {
        boolean printable = text.indexOf('\r') < 0 && text.lines().allMatch(line -> Printable.line(line).equals(line));
        require(printable, "control characters in its " + what, arguments, "");
    }

    private static void require(boolean holds, String what, List<String> arguments, String messages) {
        if (!holds) {
            throw new AssertionError(what + ": " + Printable.line(arguments.toString()) + "\n" + messages);
        }
    }
}
