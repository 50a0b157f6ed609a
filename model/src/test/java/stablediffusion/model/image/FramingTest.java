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
