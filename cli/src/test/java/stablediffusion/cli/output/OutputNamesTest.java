package stablediffusion.cli.output;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertEquals;

class OutputNamesTest {
    private static final Map<String, String> STAR = Map.of("prompt", "A \"Star\", / on ../black!", "seed", "7", "sampler", "dpm++2m");

    @TempDir
    private Path folder;

    @Test
    void theDefaultIsPromptAndSeed() {
        assertEquals(Path.of("out", "a-star-on-black-7.png"), names(Optional.empty()).next(STAR));
        assertEquals(Path.of("out", "picture-7.png"), names(Optional.empty()).next(Map.of("prompt", "/", "seed", "7")));
    }

    @Test
    void aNameThatIsTakenGetsANumber() throws IOException {
        OutputNames names = names(Optional.of(folder + "/{sampler}.jpg"));
        assertEquals(folder.resolve("dpm++2m.jpg"), names.next(STAR));
        assertEquals(folder.resolve("dpm++2m-2.jpg"), names.next(STAR));
        assertEquals(folder.resolve("dpm++2m-grid.jpg"), names.beside(folder.resolve("dpm++2m.jpg"), "-grid"));

        // What somebody asked for is written over a file from before; the default name never is.
        Files.createFile(folder.resolve("star.png"));
        assertEquals(folder.resolve("star.png"), names(Optional.of(folder.resolve("star").toString())).next(STAR));
        Files.createFile(folder.resolve("a-star-on-black-7.png"));
        assertEquals(folder.resolve("a-star-on-black-7-2.png"), names(Optional.of(folder.toString())).next(STAR));
        assertEquals(folder.resolve("a-star-on-black-7-2.png"), new OutputNames(Optional.of(folder), Optional.empty()).next(STAR));
    }

    @Test
    void longPromptsAreCutBetweenCharacters() {
        assertEquals(Path.of("out", "a-b-7.png"),
                names(Optional.empty()).next(Map.of("prompt", "a" + " .,".repeat(300_000) + "b", "seed", "7")));
        String letters = "𝒶".repeat(300_000);
        assertEquals(Path.of("out", "x" + "𝒶".repeat(29) + "-7.png"),
                names(Optional.empty()).next(Map.of("prompt", "x" + letters, "seed", "7")));
    }

    private static OutputNames names(Optional<String> wanted) {
        return new OutputNames(Optional.empty(), wanted);
    }
}
