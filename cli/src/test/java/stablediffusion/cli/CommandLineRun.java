package stablediffusion.cli;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * One run of {@code sd} in this process.
 *
 * @param out what it wrote for the user's next program
 * @param err what it wrote for the user
 */
record CommandLineRun(int exitCode, String out, String err) {

    static CommandLineRun of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine sd = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return new CommandLineRun(sd.execute(arguments), out.toString(), err.toString());
    }

    /** One clear line. */
    static void assertFails(int exitCode, String expected, String... arguments) {
        CommandLineRun run = of(arguments);
        assertEquals(exitCode, run.exitCode, run.err);
        assertTrue(run.err.contains(expected), run.err);
        assertTrue(run.err.startsWith("sd: "), run.err);
        assertEquals(1, run.err.lines().count(), run.err);
    }
}
