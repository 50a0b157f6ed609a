package stablediffusion.bench;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs a script in place of the program: it notes what it is asked for, writes what the program wrote once, and copies a picture. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the script is one of a Unix shell")
class StableDiffusionCppTest {
    private static final String VERSION = "stable-diffusion.cpp version master-827-97d2990, commit 97d2990";
    private static final String PAINTS = "cat log.txt; cp painted.png \"$output\"";

    @TempDir
    private Path home;

    @TempDir
    private Path folder;

    private final Picture picture = new Picture(2, 1, new byte[] {1, 2, 3, 4, 5, 6});

    @BeforeEach
    void writePicture() throws IOException {
        Files.write(home.resolve("painted.png"), PictureFile.png(picture, ""));
        Files.writeString(home.resolve("log.txt"), StableDiffusionCppLogTest.LOG, StandardCharsets.ISO_8859_1);
    }

    private String script(String version, String paints) throws IOException {
        Path script = home.resolve("sd-cli");
        Files.writeString(script, """
                #!/bin/sh
                cd "%s" || exit 9
                if [ "$1" = --version ]; then echo '%s'; exit; fi
                printf '%%s\\n' "$@" > arguments
                while [ $# -gt 0 ]; do
                    if [ "$1" = --output ]; then output=$2; fi
                    shift
                done
                %s
                """.formatted(home, version, paints));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script.toString();
    }

    private StableDiffusionCpp program(String paints) throws IOException {
        return StableDiffusionCpp.at(script(VERSION, paints), folder);
    }

    private static StableDiffusionCpp.Task task(int width, Optional<Precision> weights) {
        PictureRequest request = new PictureRequest("a 'red' circle", 3, "DPM++ 2M", 7.5f, 42);
        return new StableDiffusionCpp.Task(Path.of("model.safetensors"), request, width, 1, 2, weights);
    }

    @Test
    void paintsThePictureThatWasAskedFor() throws IOException {
        StableDiffusionCpp.Painted painted = program(PAINTS).paint(task(2, Optional.empty()), folder);
        assertArrayEquals(picture.rgb(), painted.picture().rgb());
        assertEquals(VERSION + ", 2 threads, weights f32: 1131", painted.report().description());
        assertTrue(painted.report().build().endsWith("AVX512_BF16, OPENMP, REPACK"), painted.report().build());
        PictureMeasurement times = painted.report().picture();
        assertEquals(3, times.steps());
        assertEquals(45.44, times.phases().get("denoising"), 1e-9);
        // The clock of the process, which took none of the time in the log.
        assertTrue(times.seconds() < 22, times.toString());
    }

    /** The noise is that of PyTorch on a processor, and the noise levels are those of the original scripts. */
    @Test
    void asksForTheSamePicture() throws IOException {
        program(PAINTS).paint(task(2, Optional.of(Precision.F16)), folder);
        String expected = "--verbose --model model.safetensors --output " + folder.resolve("picture.png") + " --prompt a 'red' circle"
                + " --width 2 --height 1 --steps 3 --sampling-method dpm++2m --scheduler discrete --cfg-scale 7.5 --seed 42 --rng cpu"
                + " --threads 2 --type f16";
        assertEquals(expected, String.join(" ", Files.readAllLines(home.resolve("arguments"))));
    }

    @ParameterizedTest
    @CsvSource({
        "echo '[ERROR] a.cpp:1  - no such model'; exit 3, ended with exit code 3: no such model",
        "kill -9 $$, ended with exit code 137: it wrote nothing",
        "echo '[ERROR] a.cpp:1  - no memory', wrote no picture: no memory",
        "cat log.txt; echo x > \"$output\", is not a picture",
        "cp painted.png \"$output\", writes no time for reading the prompt"
    })
    void aFailureIsALine(String paints, String reason) throws IOException {
        StableDiffusionCpp program = program(paints);
        UserException failed = assertThrows(UserException.class, () -> program.paint(task(2, Optional.empty()), folder));
        assertTrue(failed.getMessage().contains(reason), failed.getMessage());
        assertEquals(1, failed.getMessage().lines().count());
    }

    @Test
    void aPictureOfAnotherSizeIsAFailure() throws IOException {
        StableDiffusionCpp program = program(PAINTS);
        UserException failed = assertThrows(UserException.class, () -> program.paint(task(8, Optional.empty()), folder));
        assertTrue(failed.getMessage().endsWith("painted 2x1 pixels instead of 8x1"), failed.getMessage());
    }

    @Test
    void anotherProgramIsRefused() throws IOException {
        String other = script("sd 0.1.0", PAINTS);
        var refused = assertThrows(InvalidRequestException.class, () -> StableDiffusionCpp.at(other, folder));
        assertEquals(other + " is not stable-diffusion.cpp, or too old a one: to --version it answers 'sd 0.1.0'", refused.getMessage());
        String none = home.resolve("none").toString();
        var missing = assertThrows(InvalidRequestException.class, () -> StableDiffusionCpp.at(none, folder));
        assertTrue(missing.getMessage().startsWith("stable-diffusion.cpp does not start: "), missing.getMessage());
        assertTrue(missing.getMessage().contains(none), missing.getMessage());
        assertEquals(1, missing.getMessage().lines().count());
    }

    @Test
    void thePictureOfTheLastRunIsNotTaken() throws IOException {
        program(PAINTS).paint(task(2, Optional.empty()), folder);
        StableDiffusionCpp idle = program("cat log.txt");
        assertThrows(UserException.class, () -> idle.paint(task(2, Optional.empty()), folder));
    }
}
