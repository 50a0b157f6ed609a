package stablediffusion.model.image;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

class FramingTest {
    @Test
    void cutsTheMiddle() {
        assertEquals(new Framing(50, 0, 100, 100, 64, 64), Framing.of(200, 100, 64, 64));
        assertEquals(new Framing(0, 25, 100, 50, 128, 64), Framing.of(100, 100, 128, 64));
        assertEquals(new Framing(0, 0, 1, 8, 8, 64), Framing.of(1, 8, 8, 64));
    }

    private static Picture maskOf(int width, int height, int left, int top, int wide, int high) {
        byte[] rgb = new byte[3 * width * height];
        for (int y = top; y < top + high; y++) {
            Arrays.fill(rgb, 3 * (y * width + left), 3 * (y * width + left + wide), (byte) 1);
        }
        return new Picture(width, height, rgb);
    }

    @Test
    void cutsThePartWithTheMask() {
        assertEquals(new Framing(38, 44, 12, 12, 64, 64), Framing.around(maskOf(100, 100, 40, 48, 8, 4), 2, 64, 64));
        assertEquals(new Framing(30, 48, 24, 12, 128, 64), Framing.around(maskOf(100, 100, 40, 50, 4, 8), 2, 128, 64));
        // At the edge it grows to the other side.
        assertEquals(new Framing(0, 0, 20, 20, 64, 64), Framing.around(maskOf(100, 100, 0, 0, 20, 1), 0, 64, 64));
        // Where the picture is too small for the shape, it is taken as far as it goes.
        assertEquals(new Framing(0, 0, 100, 10, 64, 64), Framing.around(maskOf(100, 10, 0, 0, 100, 10), 50, 64, 64));
    }

    @Test
    void putsAPartBackWhereTheMaskIs() {
        Picture original = noise(40, 30);
        Picture marked = maskOf(40, 30, 10, 8, 6, 6);
        byte[] white = new byte[marked.rgb().length];
        for (int i = 0; i < white.length; i++) {
            white[i] = (byte) -marked.rgb()[i];
        }
        Mask mask = Mask.fromPicture(new Picture(40, 30, white));
        Framing framing = Framing.around(marked, 3, 12, 12);
        assertEquals(new Framing(7, 5, 12, 12, 12, 12), framing);
        assertArrayEquals(original.rgb(), framing.putBack(framing.apply(original), original, mask).rgb());
        byte[] changed = framing.putBack(new Picture(12, 12, new byte[3 * 12 * 12]), original, mask).rgb();
        for (int i = 0; i < changed.length; i++) {
            assertEquals(white[i] == 0 ? original.rgb()[i] : 0, changed[i]);
        }
    }

    @Test
    void aPictureOfTheRightSizeStaysBitForBit() {
        Picture picture = noise(24, 16);
        assertArrayEquals(picture.rgb(), Framing.of(24, 16, 24, 16).apply(picture).rgb());
    }

    @Test
    void onePlainColourStaysThat() {
        byte[] rgb = new byte[3 * 50 * 37];
        Arrays.fill(rgb, (byte) 200);
        byte[] scaled = Framing.of(50, 37, 16, 64).apply(new Picture(50, 37, rgb)).rgb();
        for (byte value : scaled) {
            assertEquals((byte) 200, value);
        }
    }

    /** A filter that picks single pixels instead of averaging them would keep the full contrast of the stripes. */
    @Test
    void fineStripesBecomeGrey() {
        byte[] rgb = new byte[3 * 256 * 256];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3 % 2 == 0 ? 0 : 255);
        }
        byte[] scaled = Framing.of(256, 256, 32, 32).apply(new Picture(256, 256, rgb)).rgb();
        for (int y = 0; y < 32; y++) {
            // Away from the edges, where half of the filter lies outside.
            for (int x = 4; x < 28; x++) {
                assertEquals(127.5, scaled[3 * (32 * y + x)] & 0xFF, 10);
            }
        }
    }

    private static Picture noise(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        new Random(1).nextBytes(rgb);
        return new Picture(width, height, rgb);
    }
}
