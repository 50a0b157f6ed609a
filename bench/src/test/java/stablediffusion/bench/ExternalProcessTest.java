package stablediffusion.bench;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the commands are those of Unix")
class ExternalProcessTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private ExternalProcess shell(String command, Duration limit) throws IOException {
        return ExternalProcess.run(List.of("sh", "-c", command), folder.resolve("log"), limit);
    }

    @Test
    void bothOutputsAndTheExitCodeAreKept() throws IOException {
        ExternalProcess ended = shell("echo out; echo error >&2; exit 5", MINUTE);
        assertEquals(5, ended.exitCode());
        assertEquals("out\nerror\n", ended.output());
    }

    /** A program that waits for a user gets an end of input instead. */
    @Test
    void thereIsNoInput() throws IOException {
        assertEquals("end\n", shell("read line || echo end", MINUTE).output());
    }

    @Test
    void oneThatDoesNotEndIsKilled() throws IOException {
        UserException late = assertThrows(UserException.class, () -> shell("echo $$; exec sleep 600", Duration.ofSeconds(1)));
        assertEquals("sh has not ended in 1 s", late.getMessage());
        long process = Long.parseLong(Files.readString(folder.resolve("log")).strip());
        assertTrue(ProcessHandle.of(process).map(handle -> handle.onExit().orTimeout(10, TimeUnit.SECONDS).join())
                .map(handle -> !handle.isAlive()).orElse(true));
    }
}
