package stablediffusion.model.image;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

class ExifCommentTest {
    /** By hand from CIPA DC-008: header, directory with the Exif pointer, directory with the comment "a cat". */
    private static final String BIG_ENDIAN = "457869660000 4D4D002A00000008 0001 8769000400000001 0000001A 00000000"
            + "0001 9286000700000012 0000002C 00000000 554E49434F444500 00610020006300610074";
    private static final String LITTLE_ENDIAN = "457869660000 49492A0008000000 0100 6987040001000000 1A000000 00000000"
            + "0100 8692070012000000 2C000000 00000000 554E49434F444500 61002000630061007400";
    private static final String ASCII = "457869660000 4D4D002A00000008 0001 8769000400000001 0000001A 00000000"
            + "0001 928600070000000D 0000002C 00000000 4153434949000000 6120636174";

    @Test
    void readsWhatTheStandardSays() {
        assertEquals(Optional.of("a cat"), ExifComment.read(bytes(BIG_ENDIAN)));
        assertEquals(Optional.of("a cat"), ExifComment.read(bytes(LITTLE_ENDIAN)));
        assertEquals(Optional.of("a cat"), ExifComment.read(bytes(ASCII)));
        assertArrayEquals(bytes(BIG_ENDIAN), ExifComment.write("a cat"));
    }

    @Test
    void damagedDataHasNoText() {
        byte[] whole = bytes(BIG_ENDIAN);
        for (int length = 0; length < whole.length; length++) {
            assertEquals(Optional.empty(), ExifComment.read(Arrays.copyOf(whole, length)));
        }
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
