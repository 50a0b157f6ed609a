package stablediffusion.model.image;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.UserException;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PictureFileTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"a cat\nSteps: 20, Sampler: PLMS", "café", "日本語の猫 🐈"})
    void pngKeepsPixelsAndParameters(String parameters) {
        Picture picture = noise(33, 17);
        Path file = folder.resolve("sub/picture.png");
        PictureFile.write(picture, parameters, file);
        assertArrayEquals(picture.rgb(), Picture.fromImage(PictureFile.read(file)).rgb());
        assertEquals(Optional.of(parameters), PictureFile.readParameters(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a cat\nSteps: 20, Sampler: PLMS", "日本語の猫 🐈"})
    void jpegKeepsParametersAndNearlyThePixels(String parameters) {
        Picture picture = new Picture(33, 17, new byte[3 * 33 * 17]);
        Path file = folder.resolve("picture.JPG");
        PictureFile.write(picture, parameters, file);
        assertEquals(Optional.of(parameters), PictureFile.readParameters(file));
        assertTrue(picture.psnr(Picture.fromImage(PictureFile.read(file))) > 50);
        PictureFile.write(picture, "", file);
        assertEquals(Optional.empty(), PictureFile.readParameters(file));
    }

    @Test
    void whatIsTransparentBecomesWhite() {
        Picture picture = Picture.fromImage(new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB));
        assertArrayEquals(new byte[] {-1, -1, -1}, picture.rgb());
    }

    @Test
    void nothingIsLeftWhereTheFileCannotBeWritten() throws IOException {
        Path file = Files.createDirectories(folder.resolve("taken.png/inside")).getParent();
        assertThrows(UserException.class, () -> PictureFile.write(noise(8, 8), "", file));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(1, left.count());
        }
    }

    @Test
    void whyItCannotBeWrittenIsSaid() throws IOException {
        Path inFile = Files.writeString(folder.resolve("file"), "").resolve("picture.png");
        UserException early = assertThrows(UserException.class, () -> PictureFile.requireWritable(inFile));
        assertEquals("cannot write " + inFile + ": " + inFile.getParent() + " is not a folder", early.getMessage());
        UserException late = assertThrows(UserException.class, () -> PictureFile.write(noise(8, 8), "", inFile));
        assertEquals("cannot write " + inFile + ": a file is in the place of its folder", late.getMessage());
        PictureFile.requireWritable(folder.resolve("new").resolve("picture.png"));
    }

    @Test
    void whatIsNoPictureIsSaid() throws IOException {
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        assertThrows(UserException.class, () -> PictureFile.read(text));
        assertThrows(UserException.class, () -> PictureFile.read(folder));
        assertThrows(UserException.class, () -> PictureFile.read(folder.resolve("missing.png")));
        assertEquals(Optional.empty(), PictureFile.readParameters(text));
    }

    @Test
    void pixelsGoToTheTensorAndBack() {
        Picture picture = noise(16, 8);
        assertArrayEquals(picture.rgb(), Picture.fromTensor(picture.toTensor(), 0).rgb());
    }

    private static Picture noise(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(1).nextBytes(rgb);
        return new Picture(width, height, rgb);
    }
}
