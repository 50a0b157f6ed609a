package stablediffusion.model.image;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Writes and reads the entry UserComment of EXIF data (CIPA DC-008, 4.6.5), where the web UI keeps a JPEG's parameters. EXIF is a TIFF of
 * directories: count, then twelve bytes for each entry: tag, type, count, value or its offset.
 */
final class ExifComment {
    private static final byte[] SIGNATURE = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] UNICODE = "UNICODE\0".getBytes(StandardCharsets.US_ASCII);
    private static final int ENTRY = 12;
    private static final short EXIF_DIRECTORY = (short) 0x8769;
    private static final short USER_COMMENT = (short) 0x9286;
    private static final short TYPE_LONG = 4;
    private static final short TYPE_UNDEFINED = 7;
    private static final int HEADER = 8;
    /** A directory of one entry, with the offset of the next directory: none. */
    private static final int DIRECTORY = 2 + ENTRY + 4;

    private ExifComment() {}

    /** Writes a text big-endian, in UTF-16, as piexif, and so the web UI, does. */
    static byte[] write(String text) {
        byte[] characters = text.getBytes(StandardCharsets.UTF_16BE);
        int length = UNICODE.length + characters.length;
        ByteBuffer exif = ByteBuffer.allocate(SIGNATURE.length + HEADER + 2 * DIRECTORY + length);
        exif.put(SIGNATURE).put((byte) 'M').put((byte) 'M').putShort((short) 42).putInt(HEADER);
        directory(exif, EXIF_DIRECTORY, TYPE_LONG, 1, HEADER + DIRECTORY);
        directory(exif, USER_COMMENT, TYPE_UNDEFINED, length, HEADER + 2 * DIRECTORY);
        return exif.put(UNICODE).put(characters).array();
    }

    private static void directory(ByteBuffer exif, short tag, short type, int count, int value) {
        exif.putShort((short) 1).putShort(tag).putShort(type).putInt(count).putInt(value).putInt(0);
    }

    /** Reads the text; empty where there is none, or the data is damaged. */
    static Optional<String> read(byte[] data) {
        if (data.length < SIGNATURE.length || !Arrays.equals(data, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
            return Optional.empty();
        }
        ByteBuffer tiff = ByteBuffer.wrap(data, SIGNATURE.length, data.length - SIGNATURE.length).slice();
        try {
            tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            int exif = find(tiff, tiff.getInt(4), EXIF_DIRECTORY);
            int comment = exif < 0 ? -1 : find(tiff, tiff.getInt(exif + 8), USER_COMMENT);
            if (comment < 0) {
                return Optional.empty();
            }
            byte[] bytes = new byte[Math.clamp(tiff.getInt(comment + 4), 0, tiff.capacity())];
            tiff.get(tiff.getInt(comment + 8), bytes);
            return text(bytes, tiff.order());
        } catch (IndexOutOfBoundsException | BufferUnderflowException damaged) {
            return Optional.empty();
        }
    }

    /** Returns the offset of an entry in a directory, -1 where it has none. */
    private static int find(ByteBuffer tiff, int directory, short tag) {
        int count = Short.toUnsignedInt(tiff.getShort(directory));
        for (int i = 0; i < count; i++) {
            int entry = directory + 2 + i * ENTRY;
            if (tiff.getShort(entry) == tag) {
                return entry;
            }
        }
        return -1;
    }

    private static Optional<String> text(byte[] bytes, ByteOrder order) {
        if (bytes.length < UNICODE.length) {
            return Optional.empty();
        }
        boolean unicode = Arrays.equals(bytes, 0, UNICODE.length, UNICODE, 0, UNICODE.length);
        Charset charset = unicode ? utf16(bytes, order) : StandardCharsets.UTF_8;
        return Optional.of(new String(bytes, UNICODE.length, bytes.length - UNICODE.length, charset));
    }

    /** Finds the byte order by the first letter: the standard says that of the data, piexif always writes big-endian. */
    private static Charset utf16(byte[] bytes, ByteOrder order) {
        boolean latin = bytes.length >= UNICODE.length + 2 && bytes[UNICODE.length] != bytes[UNICODE.length + 1];
        boolean bigEndian = order == ByteOrder.BIG_ENDIAN;
        if (latin && bytes[UNICODE.length] == 0) {
            bigEndian = true;
        } else if (latin && bytes[UNICODE.length + 1] == 0) {
            bigEndian = false;
        }
        return bigEndian ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE;
    }
}
