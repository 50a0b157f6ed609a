package stablediffusion.model.image;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.OutputFile;
import stablediffusion.model.UserException;

import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;

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

    /** In a folder that others can write to, a link at a name that can be foreseen would lead the picture to a file of theirs, or of the user. */
    @Test
    void noLinkIsFollowed(@TempDir Path shared) throws IOException {
        Path other = Files.writeString(shared.resolve("other"), "other");
        for (String name : List.of(".picture.png.part", "picture.png.part", "picture.png")) {
            Files.createSymbolicLink(shared.resolve(name), other);
        }
        PictureFile.write(new Picture(1, 1, new byte[3]), "", shared.resolve("picture.png"));
        assertEquals("other", Files.readString(other));
        assertEquals(1, PictureFile.read(shared.resolve("picture.png")).getWidth());
    }

    @Test
    void whyItCannotBeWrittenIsSaid() throws IOException {
        Path inFile = Files.writeString(folder.resolve("file"), "").resolve("picture.png");
        UserException early = assertThrows(UserException.class, () -> OutputFile.requireWritable(inFile));
        assertEquals("cannot write " + inFile + ": " + inFile.getParent() + " is not a folder", early.getMessage());
        UserException late = assertThrows(UserException.class, () -> PictureFile.write(noise(8, 8), "", inFile));
        assertEquals(early.getMessage(), late.getMessage());
        OutputFile.requireWritable(folder.resolve("new").resolve("picture.png"));
    }

    @Test
    void whatIsNoPictureIsSaid() throws IOException {
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        assertThrows(UserException.class, () -> PictureFile.read(text));
        assertThrows(UserException.class, () -> PictureFile.read(folder));
        assertThrows(UserException.class, () -> PictureFile.read(folder.resolve("missing.png")));
        assertEquals(Optional.empty(), PictureFile.readParameters(text));
    }

    /** Writes headers that claim gigabytes, with no pixels behind them. */
    @Test
    void hugePicturesAreRefusedByTheirHeaders() throws IOException {
        Path png = Files.write(folder.resolve("huge.png"), pngHeader(30_000, 30_000));
        UserException e = assertThrows(UserException.class, () -> PictureFile.read(png));
        assertEquals("the picture " + png + " is too large: it has 30000x30000 pixels, at most 50000000 are read; scale it down",
                e.getMessage());
        assertEquals(new Dimension(30_000, 30_000), PictureFile.readSize(png));
        Path widest = Files.write(folder.resolve("widest.png"), pngHeader(Integer.MAX_VALUE, Integer.MAX_VALUE));
        assertThrows(UserException.class, () -> PictureFile.read(widest));
        int[][] tiff = {{256, 60_000}, {257, 60_000}, {258, 8}, {259, 1}, {262, 1}, {273, 8}, {277, 1}, {278, 60_000}, {279, 10}};
        assertRefused("strip.tif", tiff(tiff));
        assertRefused("tile.tif", tiff(new int[][] {{256, 100}, {257, 100}, {258, 8}, {259, 1}, {262, 1}, {277, 1}, {322, 60_000},
            {323, 60_000}, {324, 8}, {325, 10}}));
        assertRefused("samples.tif", tiff(
                new int[][] {{256, 7000}, {257, 7000}, {258, 8}, {259, 1}, {262, 1}, {273, 8}, {277, 60_000}, {278, 7000}, {279, 10}}));
    }

    private void assertRefused(String name, byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve(name), bytes);
        UserException e = assertThrows(UserException.class, () -> PictureFile.read(file));
        assertEquals(1, e.getMessage().lines().count());
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    }

    /** Damages a picture in one place after another: it is read, or said to be damaged. */
    @ParameterizedTest
    @ValueSource(strings = {"picture.png", "picture.jpg"})
    void noDamageIsABug(String name) throws IOException {
        Path file = folder.resolve(name);
        PictureFile.write(noise(16, 8), "a cat\nSteps: 20, Sampler: PLMS", file);
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(5);
        for (int round = 0; round < 300; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 3; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            try {
                PictureFile.readParameters(file);
                PictureFile.read(file);
            } catch (UserException expected) {
                assertEquals(1, expected.getMessage().lines().count());
            }
        }
    }

    private static byte[] pngHeader(int width, int height) {
        byte[] header = ByteBuffer.allocate(17).put("IHDR".getBytes(StandardCharsets.US_ASCII)).putInt(width).putInt(height)
                .put(new byte[] {8, 2, 0, 0, 0}).array();
        CRC32 crc = new CRC32();
        crc.update(header);
        return ByteBuffer.allocate(33).putLong(0x89504E470D0A1A0AL).putInt(13).put(header).putInt((int) crc.getValue()).array();
    }

    /** Writes a TIFF of one directory and no pixels. */
    private static byte[] tiff(int[][] tagsAndValues) {
        ByteBuffer tiff = ByteBuffer.allocate(3000).order(ByteOrder.LITTLE_ENDIAN);
        tiff.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).putShort((short) tagsAndValues.length);
        for (int[] entry : tagsAndValues) {
            tiff.putShort((short) entry[0]).putShort((short) 4).putInt(1).putInt(entry[1]);
        }
        return tiff.array();
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
