package stablediffusion.bench;

import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Reads and writes reports as JSON. Files are written atomically. */
public final class Json {
    private static final JsonMapper MAPPER = new JsonMapper();

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
            return MAPPER.readValue(text, type);
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
        Path absolute = file.toAbsolutePath();
        Path temporary = absolute.resolveSibling("." + absolute.getFileName() + ".part");
        try {
            Files.createDirectories(absolute.getParent());
            try {
                Files.writeString(temporary, text);
                Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            throw new UserException("cannot write " + file + ": " + FileFailure.reason(e), e);
        }
    }
}
