package stablediffusion.model.image;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SurroundingsTest {
    private static final int EDGE = 60;
    private static final int LEFT = 40;
    private static final int RIGHT = 200;

    /** Returns a picture whose left and right halves differ, with other colours under the mask. */
    private static Picture halves(Mask holes, int underMask) {
        byte[] rgb = new byte[3 * EDGE * EDGE];
        for (int i = 0; i < rgb.length; i++) {
            int x = i / 3 % EDGE;
            rgb[i] = (byte) (holes.repaint()[i / 3] == 1 ? underMask : x < EDGE / 2 ? LEFT : RIGHT);
        }
        return new Picture(EDGE, EDGE, rgb);
    }

    private static Mask hole() {
        float[] repaint = new float[EDGE * EDGE];
        for (int y = 15; y < 45; y++) {
            for (int x = 10; x < 50; x++) {
                repaint[y * EDGE + x] = 1;
            }
        }
        return new Mask(EDGE, EDGE, repaint);
    }

    private static int at(Picture picture, int x, int y) {
        return picture.rgb()[3 * (y * EDGE + x)] & 0xFF;
    }

    @Test
    void fillsWithTheColoursNextToTheHoleAndKeepsTheRest() {
        Mask hole = hole();
        Picture filled = Surroundings.fill(halves(hole, 255), hole);
        for (int i = 0; i < filled.rgb().length; i++) {
            int value = filled.rgb()[i] & 0xFF;
            int x = i / 3 % EDGE;
            if (hole.repaint()[i / 3] == 0) {
                assertEquals(x < EDGE / 2 ? LEFT : RIGHT, value);
            } else {
                assertTrue(value >= LEFT && value <= RIGHT, value + " is no colour between those around it");
            }
        }
        assertTrue(at(filled, 11, 30) < LEFT + 20, at(filled, 11, 30) + " is far from the colour on the left");
        assertTrue(at(filled, 48, 30) > RIGHT - 20, at(filled, 48, 30) + " is far from the colour on the right");
        assertTrue(Math.abs(at(filled, 29, 30) + at(filled, 30, 30) - LEFT - RIGHT) <= 2, "the middle is not between both");
    }

    @Test
    void whatWasUnderTheMaskDoesNotMatter() {
        Mask hole = hole();
        assertArrayEquals(Surroundings.fill(halves(hole, 0), hole).rgb(), Surroundings.fill(halves(hole, 255), hole).rgb());
    }

    @Test
    void aPictureThatIsAllHoleIsBlack() {
        float[] all = new float[EDGE * EDGE];
        java.util.Arrays.fill(all, 1);
        Mask hole = new Mask(EDGE, EDGE, all);
        assertArrayEquals(new byte[3 * EDGE * EDGE], Surroundings.fill(halves(hole, 77), hole).rgb());
    }
}
