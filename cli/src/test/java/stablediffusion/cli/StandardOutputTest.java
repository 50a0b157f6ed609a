package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What was asked for and could not be written is a failure. */
@EnabledOnOs(OS.LINUX) // /dev/full
class StandardOutputTest {
    @Test
    void aFullDiskIsExitCode1() throws Exception {
        Process help = new ProcessBuilder(
                "bash", "-c", "exec \"$0\" \"$@\" > /dev/full", Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), Main.class.getName(), "generate", "--help")
                .start();
        String errors = new String(help.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, help.waitFor(), errors);
        assertTrue(errors.startsWith("sd: cannot write to the standard output: "), errors);
        assertEquals(1, errors.lines().count(), errors);
    }
}
