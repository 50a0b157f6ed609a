package stablediffusion.model.image;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

class ContactSheetTest {
    @Test
    void rowByRowWithAGapOfTwo() {
        List<Picture> pictures = List.of(pixel(1), pixel(2), pixel(3));
        Picture sheet = ContactSheet.of(pictures, ContactSheet.squareColumns(3));
        assertEquals(4, sheet.width());
        assertArrayEquals(
                new byte[] {1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0},
                reds(sheet));
        assertEquals(1, ContactSheet.of(pictures, 1).width());
        assertEquals(List.of(1, 2, 2, 2, 3), List.of(1, 2, 3, 4, 5).stream().map(ContactSheet::squareColumns).toList());
    }

    private static byte[] reds(Picture picture) {
        byte[] reds = new byte[picture.width() * picture.height()];
        for (int i = 0; i < reds.length; i++) {
            reds[i] = picture.rgb()[3 * i];
        }
        return reds;
    }

    private static Picture pixel(int red) {
        return new Picture(1, 1, new byte[] {(byte) red, 0, 0});
    }
}
