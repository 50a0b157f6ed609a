package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What is drawn on a terminal, which the program script of util-linux stands for. */
@EnabledOnOs(OS.LINUX)
class TerminalTest {
    private static final Path SCRIPT = Path.of("/usr/bin/script");

    /** Task, share, bar, count, times; then, of an image, its speed. */
    private static final Pattern BAR =
            Pattern.compile(
                    "\\w+ +\\d+% \\[=*>?=* *] +\\d+/\\d+( MB)? \\(\\d+:\\d\\d:\\d\\d / (\\?|\\d+:\\d\\d:\\d\\d)\\) *( [0-9.]+ s a step)?");

    @TempDir
    private Path folder;

    @Test
    void allBarsHaveOneStyle() throws Exception {
        assumeTrue(Files.isExecutable(SCRIPT), "there is no " + SCRIPT);

        List<String> converting = bars("convert", SharedModel.CHECKPOINT.toString(), "-o", folder.resolve("model").toString());
        List<String> denoising = bars(
                "generate", "a circle", "--backend", "cpu", "-m", folder.resolve("model").toString(), "--steps", "4", "-o",
                folder.resolve("circle.png").toString());

        assertTrue(converting.getLast().startsWith("convert 100% [="), converting::toString);
        assertTrue(denoising.getLast().startsWith("denoising 100% [="), denoising::toString);
        for (List<String> bars : List.of(converting, denoising)) {
            for (String bar : bars) {
                assertTrue(BAR.matcher(bar).matches(), "not a bar: " + bar);
                // A bar that fills a line of 80 would make a new one at each drawing.
                assertTrue(bar.length() < 80, bar);
            }
        }
    }

    /** Runs sd on a terminal and returns all drawings of its bars. */
    private static List<String> bars(String... arguments) throws Exception {
        String command = Stream.concat(
                Stream.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED", "-cp",
                        System.getProperty("java.class.path"), Main.class.getName()),
                Stream.of(arguments)).map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        Process terminal = new ProcessBuilder(SCRIPT.toString(), "-qec", command, "/dev/null").redirectErrorStream(true).start();
        terminal.getOutputStream().close();
        String output = new String(terminal.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, terminal.waitFor(), output);
        assertFalse(output.contains("\033"), () -> "moves the cursor: " + output);
        return Stream.of(output.split("[\r\n]+")).filter(line -> line.contains("% [")).toList();
    }
}
