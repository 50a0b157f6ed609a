package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the program itself, without its launcher, writes to the system's streams. */
@EnabledOnOs(OS.LINUX) // /dev/full
class StandardOutputTest {
    @Test
    void aFullDiskIsExitCode1() throws Exception {
        CommandLineRun help =
                CommandLineRun.bash("exec \"$JAVA\" -cp \"$CLASS_PATH\" stablediffusion.cli.Main \"$@\" > /dev/full", "generate", "--help");
        assertEquals(1, help.exitCode(), help.err());
        assertTrue(help.err().startsWith("sd: cannot write to the standard output: "), help.err());
        assertEquals(1, help.err().lines().count(), help.err());
    }

    @Test
    void oneLineForAQuoteWithoutItsPartner() throws Exception {
        CommandLineRun model = CommandLineRun.bash("exec \"$JAVA\" -cp \"$CLASS_PATH\" stablediffusion.cli.Main \"$@\"", "bench", "model",
                "--parts", "\"unet\u001b[31m");
        assertEquals(2, model.exitCode(), model.err());
        assertTrue(model.err().startsWith("sd: ") && !model.err().contains("\u001b"), model.err());
        assertEquals(1, model.err().lines().count(), model.err());
    }
}
