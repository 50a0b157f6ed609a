package stablediffusion.cli;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * One run of {@code sd}, in this process unless another is asked for.
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

    /** Runs a script of bash in which $JAVA is java and $CLASS_PATH the program's. Its standard output is dropped. */
    static CommandLineRun bash(String script, String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", script, "bash");
        builder.command().addAll(List.of(arguments));
        builder.environment().put("JAVA", Path.of(System.getProperty("java.home"), "bin", "java").toString());
        builder.environment().put("CLASS_PATH", System.getProperty("java.class.path"));
        Process process = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new CommandLineRun(process.waitFor(), "", err);
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
