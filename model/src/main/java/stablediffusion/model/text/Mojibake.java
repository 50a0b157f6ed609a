package stablediffusion.model.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Repairs UTF-8 that somebody read as Windows-1252: "cafÃ©" for "café". CLIP's training text went through the library ftfy
 * (Speer, 2019), which does this and more; this is its most frequent case, told from correct text by
 * {@link UnlikelySequences}.
 */
final class Mojibake {
    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

    /** The byte of a character above Latin-1, whose characters are their own code, also where Windows leaves it undefined. */
    private static final Map<Character, Byte> BYTES = bytes();

    private Mojibake() {}

    /** Undoes as many rounds of misreading as there were, at most {@link TextCleaner#MAX_ROUNDS}. */
    static String repair(String line) {
        String text = line;
        for (int round = 0; round < TextCleaner.MAX_ROUNDS; round++) {
            String better = repairOnce(text);
            if (better.equals(text)) {
                return text;
            }
            text = better;
        }
        return text;
    }

    private static String repairOnce(String text) {
        // The quick check decides most texts: every unlikely sequence has a character above ASCII.
        if (text.chars().allMatch(character -> character < 0x80) || !UnlikelySequences.in(text, 0, text.length())) {
            return text;
        }
        String whole = decode(text, 0, text.length());
        if (whole != null) {
            return whole;
        }
        StringBuilder repaired = new StringBuilder();
        int position = 0;
        while (position < text.length()) {
            int end = endOfSequences(text, position);
            boolean unlikely = end > position && UnlikelySequences.in(text, position, end);
            String decoded = unlikely ? decode(text, position, end) : null;
            if (decoded != null) {
                repaired.append(decoded);
                position = end;
            } else {
                int next = Math.max(end, position + 1);
                repaired.append(text, position, next);
                position = next;
            }
        }
        return repaired.toString();
    }

    /** Returns the end of the characters from {@code start} on that can be multi-byte sequences of UTF-8, one after another. */
    private static int endOfSequences(String text, int start) {
        int end = start;
        while (end < text.length()) {
            int lead = byteOf(text.charAt(end));
            int length = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
            if (length == 0 || lead > 0xf4 || end + length > text.length()) {
                return end;
            }
            for (int i = 1; i < length; i++) {
                int continuation = byteOf(text.charAt(end + i));
                if (continuation < 0x80 || continuation > 0xbf) {
                    return end;
                }
            }
            end += length;
        }
        return end;
    }

    /** Decodes the bytes of the characters as UTF-8; returns null where they are not valid UTF-8. */
    private static String decode(String text, int start, int end) {
        byte[] bytes = new byte[end - start];
        for (int i = start; i < end; i++) {
            int value = byteOf(text.charAt(i));
            if (value < 0) {
                return null;
            }
            bytes[i - start] = (byte) value;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException notUtf8) {
            return null;
        }
    }

    /** Returns the Windows-1252 character of a C1 control (U+0080 to U+009F). */
    static char windowsCharacter(char control) {
        String character = new String(new byte[] {(byte) control}, WINDOWS_1252);
        return character.equals("\ufffd") ? control : character.charAt(0);
    }

    private static int byteOf(char character) {
        if (character <= 0xff) {
            return character;
        }
        Byte value = BYTES.get(character);
        return value == null ? -1 : value & 0xff;
    }

    private static Map<Character, Byte> bytes() {
        Map<Character, Byte> bytes = new HashMap<>();
        for (int value = 0x80; value < 0x100; value++) {
            bytes.put(windowsCharacter((char) value), (byte) value);
        }
        return Map.copyOf(bytes);
    }
}
