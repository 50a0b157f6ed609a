package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;
import stablediffusion.cli.options.MemoryOptions;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MemoryOptionsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "4G, 4000000000",
        "4 GB, 4000000000",
        "1.5GiB, 1610612736",
        "800m, 800000000",
        "64k, 64000",
        "2Ti, 2199023255552",
        "123456, 123456",
    })
    void sizes(String text, long bytes) {
        assertEquals(bytes, new MemoryOptions.Size().convert(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "-4G", "4X", "4,5G", "0", "0.1", "9999999999T", "much"})
    void badSizes(String text) {
        assertThrows(TypeConversionException.class, () -> new MemoryOptions.Size().convert(text));
    }

    @Test
    void aBadSizeIsAWrongCommandLine() {
        CommandLineRun.assertFails(2, "'4X' is no size: write for instance 4G or 1500M", "generate", "a star", "--max-memory", "4X");
    }

    @Test
    void whatCannotFitIsSaidBeforeAnythingIsLoaded() {
        String model = SharedModel.folder().toString();
        CommandLineRun run = CommandLineRun.of(
                "generate", "a star", "--max-memory", "20M", "--backend", "cpu", "--precision", "f32", "-m", model);
        assertEquals(1, run.exitCode(), run.err());
        String last = run.err().lines().toList().getLast();
        assertTrue(last.startsWith("sd: the UNet takes ") && last.contains("no smaller picture fits"), run.err());
        assertFalse(run.err().contains("loading"), run.err());
    }

    @Test
    void howManyPicturesFitIsSaidToo() {
        String model = SharedModel.folder().toString();
        CommandLineRun run = CommandLineRun.of(
                "generate", "a star", "--batch-size", "64", "--max-memory", "40M", "--backend", "cpu", "--precision", "f32", "-m", model);
        assertEquals(1, run.exitCode(), run.err());
        String last = run.err().lines().toList().getLast();
        assertTrue(last.matches("sd: the UNet takes .* for 64 pictures of 128x128 at a time .*: \\d+ at a time would fit; "
                + "use a smaller --batch-size, or --precision bf16 or f16 takes less memory than f32"), last);
        assertFalse(run.err().contains("loading"), run.err());
    }

    @Test
    void tilesMakeThePictureThatTheWholeMakes() {
        // Half a step of 255 here and there, see the tests of tiles.
        assertTrue(paint("whole.png").psnr(paint("tiles.png", "--vae-tiling")) >= 45);
    }

    private Picture paint(String name, String... options) {
        String file = folder.resolve(name).toString();
        String model = SharedModel.folder().toString();
        String[] fixed = {"generate", "a star", "--steps", "2", "--seed", "1", "--backend", "cpu", "-W", "160", "-o", file, "-m", model};
        String[] all = Stream.of(fixed, options).flatMap(Arrays::stream).toArray(String[]::new);
        CommandLineRun run = CommandLineRun.of(all);
        assertEquals(0, run.exitCode(), run.err());
        return Picture.fromImage(PictureFile.read(Path.of(file)));
    }
}
