package stablediffusion.tornado;

import stablediffusion.model.FileFailure;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads and writes the JSON file of tuned block sizes. For each device, by its name, it holds the block sizes and a report of how they were
 * found, of which only the program that wrote it knows the form:
 *
 * <pre>{@code {"device": {"blockSizes": {"linear": {"rows": 64, "columns": 128}, "convolution": {…}, "queries": 64}, "report": {…}}}}</pre>
 */
public record BlockSizesFile(Path path) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String BLOCK_SIZES = "blockSizes";
    private static final String REPORT = "report";

    /**
     * Returns the block sizes of a device; empty if the file does not exist or lacks the device.
     *
     * @throws UserException where the file cannot be understood
     */
    Optional<BlockSizes> blockSizes(String device) {
        return Optional.ofNullable(entries().get(device)).map(entry -> {
            if (!entry.has(BLOCK_SIZES)) {
                throw new UserException(message("no block sizes, as in files of earlier versions"), Remedy.TUNE_AGAIN);
            }
            return parse(entry.get(BLOCK_SIZES), BlockSizes.class);
        });
    }

    /**
     * Returns the reports of all devices, in the order of the devices' names.
     *
     * @throws UserException where the file cannot be understood
     */
    public <T> List<T> reports(Class<T> type) {
        return entries().values().stream().filter(entry -> entry.has(REPORT)).map(entry -> parse(entry.get(REPORT), type)).toList();
    }

    /**
     * Returns the text of the file with a new entry for a device in place of an older one. A file that is no JSON object is dropped, so that
     * tuning again helps.
     *
     * @param report how the sizes were found; anything that Jackson writes
     */
    public String with(String device, BlockSizes sizes, Object report) {
        ObjectNode entry = JSON.createObjectNode();
        entry.set(BLOCK_SIZES, JSON.valueToTree(sizes));
        entry.set(REPORT, JSON.valueToTree(report));
        Map<String, JsonNode> entries;
        try {
            entries = read();
        } catch (JacksonException broken) {
            entries = new TreeMap<>();
        }
        entries.put(device, entry);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(entries);
    }

    private Map<String, JsonNode> entries() {
        try {
            return read();
        } catch (JacksonException broken) {
            throw new UserException(message(broken.getOriginalMessage()), broken, Remedy.TUNE_AGAIN);
        }
    }

    private Map<String, JsonNode> read() {
        if (!Files.isRegularFile(path)) {
            return new TreeMap<>();
        }
        try {
            return notNull(JSON.readValue(Files.readString(path), new TypeReference<TreeMap<String, JsonNode>>() {}));
        } catch (IOException unreadable) {
            throw new UserException(message(FileFailure.reason(unreadable)), unreadable, Remedy.TUNE_AGAIN);
        }
    }

    private <T> T parse(JsonNode node, Class<T> type) {
        try {
            return notNull(JSON.treeToValue(node, type));
        } catch (JacksonException broken) {
            throw new UserException(message(broken.getOriginalMessage()), broken, Remedy.TUNE_AGAIN);
        }
    }

    /** Returns what was read. JSON's null is of every type to Jackson, but nothing that can be used. */
    private static <T> T notNull(T value) {
        if (value == null) {
            throw MismatchedInputException.from((JsonParser) null, Object.class, "null in place of an object");
        }
        return value;
    }

    private String message(String reason) {
        return "the block sizes in " + path + " cannot be read: " + reason.lines().findFirst().orElse("");
    }
}
