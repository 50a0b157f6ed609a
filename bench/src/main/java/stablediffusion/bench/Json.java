package stablediffusion.bench;

import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Reports as JSON, and files that appear whole or not at all. */
public final class Json {
    private static final JsonMapper MAPPER = new JsonMapper();

    private Json() {}

    /** For people and other programs, over several lines. */
    public static String pretty(Object report) {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(report);
    }

    /** On one line. */
    public static String line(Object report) {
        return MAPPER.writeValueAsString(report);
    }

    /** @throws UserException where the text is no such report; {@code where} says which text */
    public static <T> T parse(String text, Class<T> type, String where) {
        try {
            return MAPPER.readValue(text, type);
        } catch (JacksonException broken) {
            throw new UserException(where + " cannot be read: " + broken.getOriginalMessage(), broken);
        }
    }

    /** @throws UserException where it cannot be written */
    public static void write(String text, Path file) {
        Path absolute = file.toAbsolutePath();
        Path beside = absolute.resolveSibling("." + absolute.getFileName() + ".part");
        try {
            Files.createDirectories(absolute.getParent());
            try {
                Files.writeString(beside, text);
                Files.move(beside, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            throw new UserException("cannot write " + file + ": " + FileFailure.reason(e), e);
        }
    }
}
