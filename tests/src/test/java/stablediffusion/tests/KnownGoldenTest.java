package stablediffusion.tests;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Checks that a test reads every file of reference values. */
class KnownGoldenTest {
    private static final Pattern KNOWN = Pattern.compile(
            "(tokens|schedule).*\\.json|(noise|samplers|network|tiny-shapes).*\\.safetensors|README\\.md|.*\\.png");

    @Test
    void everyFileHasATest() throws IOException {
        try (Stream<Path> files = Files.list(Goldens.folder())) {
            List<String> unknown = files.map(file -> file.getFileName().toString())
                    .filter(name -> !KNOWN.matcher(name).matches())
                    .toList();
            assertEquals(List.of(), unknown, "files that no test reads");
        }
    }
}
