package stablediffusion.bench;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import stablediffusion.model.OutputFile;
import stablediffusion.model.UserException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** Reads and writes reports as JSON. Files are written atomically. */
public final class Json {
    /** A part that is missing is an error, unless it is optional; so is an entry of a list that is null. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .changeDefaultNullHandling(_ -> JsonSetter.Value.forContentNulls(Nulls.FAIL))
            .build();

    private Json() {}

    /** Returns a report as indented JSON. */
    public static String pretty(Object report) {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(report);
    }

    /** Returns a report as JSON on a single line. */
    public static String line(Object report) {
        return MAPPER.writeValueAsString(report);
    }

    /**
     * Parses a report.
     *
     * @param where names the source of the text in the error message
     * @throws UserException if the text is not such a report
     */
    public static <T> T parse(String text, Class<T> type, String where) {
        try {
            return Optional.ofNullable(MAPPER.readValue(text, type)).orElseThrow(() -> new UserException(where + " is null"));
        } catch (JacksonException broken) {
            throw new UserException(where + " cannot be read: " + broken.getOriginalMessage(), broken);
        }
    }

    /**
     * Writes a text file atomically: readers see the old or the complete new file.
     *
     * @throws UserException if the file cannot be written
     */
    public static void write(String text, Path file) {
        OutputFile.write(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
