package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The commands that measure, as typed; on the CPU engine, with few operations. */
class BenchCommandsTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int sd(String... arguments) {
        CommandLine commandLine = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(errors, true));
        return commandLine.execute(arguments);
    }

    /** The same command twice, kept and plotted. */
    @Test
    void kernelsIntoAHistory() throws IOException {
        String history = folder.resolve("history.jsonl").toString();
        for (int i = 0; i < 2; i++) {
            int code = sd("bench", "kernels", "--config", "narrow", "--size", "64", "--parts", "unet", "--filter", "upsample", "--backend",
                    "cpu",
                    "--csv", "--append", history);
            assertEquals(0, code, errors.toString());
        }
        assertTrue(out.toString().contains("cpu,upsample,2x4x4x64 → 2x8x8x64,1,"), out.toString());
        Path page = folder.resolve("history.html");
        assertEquals(0, sd("compare", "--history", history, "-o", page.toString()), errors.toString());
        assertTrue(Files.readString(page).contains("data:image/svg+xml"));
    }

    @Test
    void hostsWork() {
        int code = sd("bench", "host", "--config", "narrow", "--size", "16", "--parts", "decoder", "--backend", "cpu");
        assertEquals(0, code, errors.toString());
        assertTrue(out.toString().contains("of the processor"), out.toString());
    }

    @Test
    void placesAreCheckedBeforeAnythingIsMeasured() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertEquals(1, sd("compare", "--config", "narrow", "-o", file + "/report.html"), errors.toString());
        assertEquals(1, sd("bench", "model", "--config", "narrow", "--append", file + "/history"), errors.toString());
        assertEquals(1, sd("bench", "kernels", "--config", "narrow", "--append", folder.toString()), errors.toString());
        assertEquals(List.of("is not a folder", "is not a folder", "it is a folder"),
                errors.toString().lines().map(line -> line.replaceFirst(".*(is not a folder|it is a folder)$", "$1")).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"model\":{\"environment\":null}}",
        "{\"kernels\":{\"kernels\":[null]}}",
        "{\"model\":{}}",
        "{}",
        "null",
        "[]",
        "\u001b]0;title"
    })
    void aLineThatIsNoReportIsNamed(String line) throws IOException {
        Path history = Files.writeString(folder.resolve("history.jsonl"), line + "\n");
        assertEquals(1, sd("compare", "--history", history.toString(), "-o", folder.resolve("page.html").toString()), errors.toString());
        assertTrue(errors.toString().contains("history.jsonl, line 1"), errors.toString());
        assertEquals(1, errors.toString().lines().count(), errors.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "bench kernels --filter nothing, contains \"nothing\"",
        "bench kernels --csv --json, exclude each other",
        "bench model --config sd-v9, take sd-v1 or narrow",
        "bench model --config narrow --size 12, not a multiple of 8",
        "bench model --config narrow --size big, no size",
        "bench model --config narrow --model x, exclude each other",
        "bench model --config narrow --backend abacus, no device for backend abacus",
        "compare --history none.jsonl, there is no history",
        "compare --config narrow --backends abacus, no device for backend abacus",
        "compare --config narrow --backends cpu --steps -1, cannot sample in -1 steps",
        "bench model --config narrow --steps 2000, more than the 1000",
        "bench model --config narrow --size 99992, too large",
        "tune --device abacus, device abacus has no block sizes to tune"
    })
    void whatIsWrongIsSaidInOneLine(String typed, String message) {
        assertEquals(2, sd(typed.split(" ")), errors.toString());
        assertTrue(errors.toString().contains(message), errors.toString());
        assertEquals(1, errors.toString().lines().filter(line -> line.startsWith("sd:")).count());
    }
}
