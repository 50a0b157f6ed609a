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
        assertTrue(red(image.getRGB(64, 64)) > blue(image.getRGB(64, 64)) + 100, "the middle is red");
        assertTrue(blue(image.getRGB(4, 4)) > red(image.getRGB(4, 4)) + 50, "the corner is blue");
    }

    private static int red(int rgb) {
        return rgb >> 16 & 0xFF;
    }

    private static int blue(int rgb) {
        return rgb & 0xFF;
    }

    /** README shows the program that this test has run. */
    @Test
    void isTheProgramInReadme() throws IOException {
        String program = Files.readString(Path.of("src", "main", "java", "GenerateImage.java"));
        String body = program.substring(program.indexOf("        try ("), program.lastIndexOf("    }\n}")).stripTrailing().stripIndent();
        assertTrue(Files.readString(Path.of("..", "README.md")).contains(body), "README.md does not contain:\n" + body);
    }
}
