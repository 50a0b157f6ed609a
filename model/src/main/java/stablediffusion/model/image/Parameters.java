package stablediffusion.model.image;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Holds the settings that made a picture, and formats them as the AUTOMATIC1111 web UI does in a PNG: the prompt, a line
 * {@code Negative prompt: …} where there is one, and a line {@code Steps: 20, Sampler: …} of settings.
 *
 * @param settings names and values as the web UI spells them, in order
 */
public record Parameters(String prompt, String negativePrompt, Map<String, String> settings) {
    private static final String NEGATIVE = "Negative prompt: ";
    private static final JsonMapper JSON = new JsonMapper();
    private static final int FEWEST_SETTINGS = 3;

    public Parameters {
        settings = new LinkedHashMap<>(settings);
    }

    /** Returns the text that {@link #parse} reads. */
    public String format() {
        StringBuilder text = new StringBuilder(prompt).append('\n');
        if (!negativePrompt.isEmpty()) {
            text.append(NEGATIVE).append(negativePrompt).append('\n');
        }
        String separator = "";
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            text.append(separator).append(setting.getKey()).append(": ").append(quote(setting.getValue()));
            separator = ", ";
        }
        return text.toString();
    }

    /** Reads what {@link #format} or the web UI wrote; text without settings is all prompt. */
    public static Parameters parse(String text) {
        String[] lines = text.strip().split("\n");
        int end = lines.length;
        Map<String, String> settings = settings(lines[end - 1]);
        if (settings.size() < FEWEST_SETTINGS) {
            settings = Map.of();
        } else {
            end--;
        }
        StringBuilder prompt = new StringBuilder();
        StringBuilder negative = new StringBuilder();
        StringBuilder current = prompt;
        for (int i = 0; i < end; i++) {
            String line = lines[i];
            if (current == prompt && line.startsWith(NEGATIVE.strip())) {
                current = negative;
                line = line.substring(NEGATIVE.strip().length()).strip();
            }
            current.append(current.isEmpty() ? "" : "\n").append(line);
        }
        return new Parameters(prompt.toString(), negative.toString(), settings);
    }

    /**
     * Reads {@code name: value} pairs, separated by commas; a value may be a JSON string, which can contain commas. Reads each character a
     * bounded number of times, because the line comes from a file that anybody may have written.
     */
    private static Map<String, String> settings(String line) {
        Map<String, String> settings = new LinkedHashMap<>();
        int position = 0;
        for (int colon = line.indexOf(':'); colon >= 0; colon = line.indexOf(':', position)) {
            String name = nameBefore(line, colon, position);
            position = colon + 1;
            if (!name.isEmpty()) {
                int end = endOfValue(line, position);
                settings.put(name, unquote(line.substring(position, end).strip()));
                position = Math.min(end + 1, line.length());
            }
        }
        return settings;
    }

    /** Returns the letters, digits, spaces, "_" and "+" that end at a colon, from a position on. */
    private static String nameBefore(String line, int colon, int from) {
        int start = colon;
        while (start > from && isOfName(line.charAt(start - 1))) {
            start--;
        }
        return line.substring(start, colon).strip();
    }

    private static boolean isOfName(char character) {
        return character < 0x80 && (Character.isLetterOrDigit(character) || "_+ ".indexOf(character) >= 0);
    }

    /** Returns the index of the comma after a value, or the length of the line. */
    private static int endOfValue(String line, int start) {
        int first = start;
        while (first < line.length() && Character.isWhitespace(line.charAt(first))) {
            first++;
        }
        if (first < line.length() && line.charAt(first) == '"') {
            int quote = closingQuote(line, first + 1);
            boolean closed = quote < line.length();
            if (closed && (quote + 1 == line.length() || line.charAt(quote + 1) == ',')) {
                return quote + 1;
            }
        }
        int comma = line.indexOf(',', first);
        return comma < 0 ? line.length() : comma;
    }

    /** Returns the index of the next quote that no backslash precedes, or the length of the line. */
    private static int closingQuote(String line, int from) {
        int position = from;
        while (position < line.length() && line.charAt(position) != '"') {
            position += line.charAt(position) == '\\' ? 2 : 1;
        }
        return Math.min(position, line.length());
    }

    /** Returns a value, as a JSON string where it would break the line. */
    private static String quote(String value) {
        return value.chars().anyMatch(c -> ",:\n\"".indexOf(c) >= 0) ? JSON.writeValueAsString(value) : value;
    }

    /** Returns the text of a JSON string; a value that is none, or a broken one, as it is. */
    private static String unquote(String value) {
        if (!value.startsWith("\"")) {
            return value;
        }
        try {
            return JSON.readValue(value, String.class);
        } catch (JacksonException broken) {
            return value;
        }
    }
}
