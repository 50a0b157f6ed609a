import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs the example as README shows it. */
class GenerateImageTest {
    private static final Path CHECKPOINT = Path.of("..", "models", "tiny-shapes", "tiny-shapes.ckpt");

    @TempDir
    private Path folder;

    @Test
    void writesAnImage() throws IOException {
        Path checkpoint = Files.copy(CHECKPOINT, folder.resolve("tiny-shapes.ckpt"));
        Path file = folder.resolve("circle.png");
        GenerateImage.main(new String[] {checkpoint.toString(), "a red circle on a blue background", file.toString()});
        var image = ImageIO.read(file.toFile());
        assertEquals(128, image.getWidth());
        assertTrue(isMostly(image.getRGB(64, 64), 16), "the middle is red");
        assertTrue(isMostly(image.getRGB(4, 4), 0), "the corner is blue");
    }

    /** Returns whether a channel of a pixel is at least twice as bright as the others together. */
    private static boolean isMostly(int rgb, int shift) {
        int channel = rgb >> shift & 0xFF;
        int all = (rgb >> 16 & 0xFF) + (rgb >> 8 & 0xFF) + (rgb & 0xFF);
        return channel >= 2 * (all - channel);
    }

    /** README shows the program that this test has run. */
    @Test
    void isTheProgramInReadme() throws IOException {
        String program = Files.readString(Path.of("src", "main", "java", "GenerateImage.java"));
        String body = program.substring(program.indexOf("        try ("), program.lastIndexOf("    }\n}")).stripIndent();
        assertTrue(Files.readString(Path.of("..", "README.md")).contains(body), "README.md does not contain:\n" + body);
    }
}
