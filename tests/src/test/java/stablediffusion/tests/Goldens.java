package stablediffusion.tests;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

/**
 * Finds the reference values: in {@code -Dgoldens=DIR} (relative to the project's root), else among the test's resources.
 */
final class Goldens {
    private static final String FOLDER = System.getProperty("goldens", "");

    private Goldens() {}

    /**
     * Returns the files whose names begin and end so: "tokens.json" is one of "tokens" and ".json", and so would be "tokens-more.json".
     * A folder that the property names may leave out a kind of file; then the test is skipped.
     */
    static List<Path> files(String prefix, String suffix) {
        try (Stream<Path> files = Files.list(folder())) {
            List<Path> found = files.filter(file -> {
                String name = file.getFileName().toString();
                return name.endsWith(suffix) && name.startsWith(prefix);
            })
                    .sorted()
                    .toList();
            assumeFalse(!FOLDER.isEmpty() && found.isEmpty(), "no " + prefix + "*" + suffix + " in " + FOLDER);
            assertTrue(!found.isEmpty(), "no " + prefix + "*" + suffix + " among the reference values");
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode readJson(Path file) {
        return JsonMapper.shared().readTree(file);
    }

    static Path folder() {
        if (!FOLDER.isEmpty()) {
            // Tests run in the folder of their module, one below the root.
            return Path.of("..").resolve(FOLDER);
        }
        try {
            URI resource = Goldens.class.getResource("/goldens").toURI();
            return Path.of(resource);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
