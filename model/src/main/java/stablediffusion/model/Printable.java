package stablediffusion.model;

import java.util.stream.Collectors;

/**
 * Makes text printable that may come from a file: names of tensors, prompts in images, messages about them. A terminal acts on control
 * characters, which could change its title, write to the clipboard, or pretend to be another line of this program.
 */
public final class Printable {
    private static final int LONGEST_MESSAGE = 2000;

    private Printable() {}

    /** Returns a message as one line of some 2000 characters at most: what it quotes from a file or a command line may have any length. */
    public static String message(String message) {
        String line = line(message);
        if (line.length() <= LONGEST_MESSAGE) {
            return line;
        }
        // Once more, because a cut may leave half of a character outside of the basic plane.
        return line(line.substring(0, LONGEST_MESSAGE / 2) + " … " + line.substring(line.length() - LONGEST_MESSAGE / 2));
    }

    /** Returns text as one line: line breaks as {@code \n}, other control characters as <code>&#92;u001b</code>. */
    public static String line(String text) {
        StringBuilder line = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            switch (character) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                    if (isActedOn(text, i)) {
                        line.append(String.format("\\u%04x", (int) character));
                    } else {
                        line.append(character);
                    }
                }
            }
        }
        return line.toString();
    }

    /** Returns text with its line breaks and tabs, but without other control characters; each further line begins with an indent. */
    public static String lines(String text, String indent) {
        return text.replace("\t", "    ").lines().map(Printable::line).collect(Collectors.joining("\n" + indent));
    }

    /** Returns JSON with control characters above ASCII escaped too; JSON itself demands that of those below only. */
    public static String json(String json) {
        StringBuilder escaped = new StringBuilder(json.length());
        for (int i = 0; i < json.length(); i++) {
            if (json.charAt(i) > ' ' && isActedOn(json, i)) {
                escaped.append(String.format("\\u%04x", (int) json.charAt(i)));
            } else {
                escaped.append(json.charAt(i));
            }
        }
        return escaped.toString();
    }

    /** Returns whether a character controls a terminal, changes the direction of text, breaks a line, or is half of one. */
    private static boolean isActedOn(String text, int index) {
        char character = text.charAt(index);
        return Character.isISOControl(character)
                || character >= '\u2028' && character <= '\u202e'
                || character >= '\u2066' && character <= '\u2069'
                || Character.isHighSurrogate(character) && (index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1)))
                || Character.isLowSurrogate(character) && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
    }
}
