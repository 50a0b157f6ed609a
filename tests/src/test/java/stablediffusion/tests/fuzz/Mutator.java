package stablediffusion.tests.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Damages bytes and text, in the ways in which downloads, other programs and bad intent do. */
final class Mutator {
    /** Inputs stay below this size. */
    static final int LARGEST = 900_000;

    private static final long[] NUMBERS = {
        0, 1, -1, 2, 7, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000L, 0xffffffffL, 1L << 32, 1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final List<String> VALUES = List.of(
            "null", "true", "0", "1", "-1", "3", "8", "64", "1000000000", "2147483647", "2147483648", "-2147483648", "9223372036854775807",
            "9223372036854775808", "1e9", "1e308", "1e999", "-1e999", "NaN", "0.5", "1e-320", "\"\"", "\"x\"", "[]", "{}", "[null]",
            "[-1]", "\"\\u001b]52;c;x\\u0007\"", "\"\\ud800\"", "\"../../x\"", "\"/\"", "\"\\u0000\"");
    private static final List<String> PIECES = List.of(
            "\"", ",", ":", "{", "}", "[", "]", "\\", "\n", "\r", "\0", "\u001b[31m", "\u202e", "\ud83d\ude00", "é", "\ufeff", " ", "null",
            "(", ")", "<", ">", "|", "-", "@", "'", "$(x)", "`x`", "%s", "{prompt}");
    private static final Pattern VALUE = Pattern.compile("-?[0-9][0-9.eE+-]*|\"[^\"\\\\]{0,40}\"|true|false|null");

    private final RandomGenerator random;

    Mutator(RandomGenerator random) {
        this.random = random;
    }

    /** Returns one of a list. */
    <T> T any(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** Returns a number from 0 to below a limit. */
    int below(int limit) {
        return random.nextInt(limit);
    }

    /** Returns true once in so many times. */
    boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    /** Returns bytes that differ from others in one place or a few. */
    byte[] bytes(byte[] original) {
        byte[] damaged = original;
        for (int i = 1 << random.nextInt(4); i > 0; i--) {
            damaged = damagedOnce(damaged);
        }
        return damaged;
    }

    private byte[] damagedOnce(byte[] original) {
        if (original.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int position = oneIn(3) ? random.nextInt(Math.min(64, original.length)) : random.nextInt(original.length);
        int length = Math.min(original.length - position, 1 << random.nextInt(12));
        byte[] damaged = original.clone();
        return switch (random.nextInt(8)) {
            case 0 -> {
                damaged[position] ^= (byte) (1 << random.nextInt(8));
                yield damaged;
            }
            case 1 -> {
                damaged[position] = (byte) random.nextInt();
                yield damaged;
            }
            case 2 -> Arrays.copyOf(original, position);
            case 3 -> joined(Arrays.copyOf(original, position), Arrays.copyOfRange(original, position + length, original.length));
            case 4 -> joined(Arrays.copyOf(original, position + length), Arrays.copyOfRange(original, position, original.length));
            case 5 -> withNumber(damaged, position);
            case 6 -> {
                Arrays.fill(damaged, position, position + length, (byte) random.nextInt());
                yield damaged;
            }
            default -> {
                byte[] part = Arrays.copyOfRange(original, position, position + Math.min(length, 64));
                byte[] many = new byte[Math.min(part.length << random.nextInt(14), 200_000)];
                for (int i = 0; i < many.length; i++) {
                    many[i] = part[i % part.length];
                }
                yield joined(Arrays.copyOf(original, position), joined(many, Arrays.copyOfRange(original, position, original.length)));
            }
        };
    }

    private byte[] withNumber(byte[] bytes, int position) {
        long number = NUMBERS[random.nextInt(NUMBERS.length)];
        int size = List.of(1, 2, 4, 8).get(random.nextInt(4));
        ByteBuffer buffer = ByteBuffer.allocate(8).order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(number);
        int from = buffer.order() == ByteOrder.BIG_ENDIAN ? 8 - size : 0;
        for (int i = 0; i < size && position + i < bytes.length; i++) {
            bytes[position + i] = buffer.get(from + i);
        }
        return bytes;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        byte[] bytes = both.toByteArray();
        return bytes.length <= LARGEST ? bytes : Arrays.copyOf(bytes, LARGEST);
    }

    /** Returns text, of JSON for instance, that differs from another in a value or a few, or in characters. */
    String text(String original) {
        String damaged = original;
        for (int i = 1 << random.nextInt(4); i > 0; i--) {
            damaged = switch (random.nextInt(6)) {
                case 0, 1, 2 -> withValue(damaged);
                case 3 -> inserted(damaged, any(PIECES));
                case 4 -> inserted(damaged, any(PIECES).repeat(1 << random.nextInt(16)));
                default -> new String(damagedOnce(damaged.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
            };
        }
        return damaged.length() <= LARGEST / 3 ? damaged : damaged.substring(0, LARGEST / 3);
    }

    private String withValue(String text) {
        Matcher value = VALUE.matcher(text);
        if (text.isEmpty() || !value.find(random.nextInt(text.length())) && !value.find(0)) {
            return inserted(text, any(VALUES));
        }
        return text.substring(0, value.start()) + any(VALUES) + text.substring(value.end());
    }

    private String inserted(String text, String piece) {
        int position = random.nextInt(text.length() + 1);
        return text.substring(0, position) + piece + text.substring(position);
    }
}
