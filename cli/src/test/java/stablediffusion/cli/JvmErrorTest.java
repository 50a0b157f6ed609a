package stablediffusion.cli;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.PrintWriter;
import java.io.StringWriter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs a command that fails as one does that asks for more memory, or a deeper stack, than there is. */
class JvmErrorTest {
    @Command(name = "fail")
    static final class Failing implements Runnable {
        @Parameters
        private String kind;

        @Override
        public void run() {
            throw kind.equals("memory") ? new OutOfMemoryError("Java heap space") : new StackOverflowError();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "nested too deeply"})
    void isOneLineAndExitCode1(String kind) {
        StringWriter err = new StringWriter();
        CommandLine sd = Main.commandLine().addSubcommand(new Failing());
        sd.setExecutionStrategy(Main.commandLine().getExecutionStrategy()).setErr(new PrintWriter(err, true));
        assertEquals(1, sd.execute("fail", kind), err.toString());
        assertTrue(err.toString().startsWith("sd: ") && err.toString().contains(kind), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
    }
}
