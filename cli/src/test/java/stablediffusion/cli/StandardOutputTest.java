package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the program itself, without its launcher, writes to the system's streams. */
@EnabledOnOs(OS.LINUX) // /dev/full
class StandardOutputTest {
    @Test
    void aFullDiskIsExitCode1() throws Exception {
        CommandLineRun help = run("exec \"$0\" \"$@\" > /dev/full", "generate", "--help");
        assertEquals(1, help.exitCode(), help.err());
        assertTrue(help.err().startsWith("sd: cannot write to the standard output: "), help.err());
        assertEquals(1, help.err().lines().count(), help.err());
    }

    @Test
    void oneLineForAQuoteWithoutItsPartner() throws Exception {
        CommandLineRun model = run("exec \"$0\" \"$@\"", "bench", "model", "--parts", "\"unet\u001b[31m");
        assertEquals(2, model.exitCode(), model.err());
        assertTrue(model.err().startsWith("sd: ") && !model.err().contains("\u001b"), model.err());
        assertEquals(1, model.err().lines().count(), model.err());
    }

    /** Runs a script of bash whose arguments are the command that starts the program. */
    private static CommandLineRun run(String script, String... arguments) throws Exception {
        ProcessBuilder program =
                new ProcessBuilder("bash", "-c", script, Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp", System.getProperty("java.class.path"), Main.class.getName());
        program.command().addAll(List.of(arguments));
        Process process = program.start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new CommandLineRun(process.waitFor(), "", err);
    }
}
