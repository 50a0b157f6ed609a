package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs the program itself, without its launcher, where the system lacks something. */
@EnabledOnOs(OS.LINUX) // bash, /proc
class PoorEnvironmentTest {
    @TempDir
    private Path folder;

    /** A picture that was painted must not be lost because Java's image library has no place for its cache. */
    @Test
    void aTemporaryFolderIsNotNeeded() throws Exception {
        Path picture = folder.resolve("picture.png");
        CommandLineRun run = CommandLineRun.bash(
                "exec \"$JAVA\" --enable-native-access=ALL-UNNAMED -Djava.io.tmpdir=/proc/1/none -cp \"$CLASS_PATH\" stablediffusion.cli.Main \"$@\"",
                "generate", "a star", "-m", SharedModel.folder().toString(), "-W", "64", "-H", "64", "--steps", "1", "-o",
                picture.toString());
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(0, CommandLineRun.of("inspect", picture.toString()).exitCode());
    }

    @Test
    void aNameThatTheLanguageCannotWriteIsSaid() throws Exception {
        CommandLineRun run = CommandLineRun.bash(
                "LC_ALL=C exec \"$JAVA\" --enable-native-access=ALL-UNNAMED -cp \"$CLASS_PATH\" stablediffusion.cli.Main inspect $'\\xc3\\xa9.png'");
        assertEquals(2, run.exitCode(), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("sd: "), run.err());
    }
}
