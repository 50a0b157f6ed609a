package stablediffusion.model.image;

import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Holds the settings that made a picture, and formats them as the AUTOMATIC1111 web UI does in a PNG: the prompt, a line
 * {@code Negative prompt: …} where there is one, and a line {@code Steps: 20, Sampler: …} of settings.
 *
 * @param settings names and values as the web UI spells them, in order
 */
public record Parameters(String prompt, String negativePrompt, Map<String, String> settings) {
    private static final String NEGATIVE = "Negative prompt: ";
    private static final Pattern SETTING = Pattern.compile("\\s*([\\w+ ]+):\\s*(\"(?:\\\\.|[^\\\\\"])*\"|[^,]*)(?:,|$)");
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

    private static Map<String, String> settings(String line) {
        Map<String, String> settings = new LinkedHashMap<>();
        Matcher matcher = SETTING.matcher(line);
        while (matcher.find()) {
            settings.put(matcher.group(1).strip(), unquote(matcher.group(2).strip()));
        }
        return settings;
    }

    /** Returns a value, as a JSON string where it would break the line. */
    private static String quote(String value) {
        return value.chars().anyMatch(c -> ",:\n\"".indexOf(c) >= 0) ? JSON.writeValueAsString(value) : value;
    }

    private static String unquote(String value) {
        return value.startsWith("\"") ? JSON.readValue(value, String.class) : value;
    }
}
