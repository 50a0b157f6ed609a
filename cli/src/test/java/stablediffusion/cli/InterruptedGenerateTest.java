package stablediffusion.cli;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.image.PictureFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Ctrl-C in the middle of a batch. */
@DisabledOnOs(OS.WINDOWS) // signals
@Timeout(120)
class InterruptedGenerateTest {
    /** 128 and the number of SIGTERM, as shells have it. It takes the same way as SIGINT, which some environments ignore: nohup, for one. */
    private static final int TERMINATED = 143;

    /** So many that no list of them all fits into memory. */
    private static final String PICTURES = "200000000";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void keepsWhatIsFinishedAndStopsWithinAStep(int batchSize) throws Exception {
        Path errors = folder.resolve("errors.txt");
        Path pictures = folder.resolve("pictures");
        Process generate = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), Main.class.getName(), "generate", "a star", "-m",
                SharedModel.folder().toString(), "-W", "64", "-H", "64", "--steps", "2", "-b", PICTURES, "--batch-size",
                Integer.toString(batchSize), "-o",
                pictures + "/{index}.png")
                .redirectError(errors.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            while (!Files.exists(pictures.resolve("2.png")) && generate.isAlive()) {
                Thread.sleep(10);
            }
            assertTrue(generate.isAlive(), () -> read(errors));
            generate.destroy();
            assertEquals(TERMINATED, generate.waitFor(), () -> read(errors));
        } finally {
            generate.destroyForcibly();
        }
        List<Path> left = files(pictures);
        assertTrue(left.size() >= 2, left.toString());
        for (Path picture : left) {
            assertTrue(picture.toString().endsWith(".png"), left.toString());
            assertEquals(64, PictureFile.read(picture).getWidth());
        }
        assertTrue(read(errors).contains("interrupted; finished pictures: " + left.size() + " of " + PICTURES), read(errors));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
