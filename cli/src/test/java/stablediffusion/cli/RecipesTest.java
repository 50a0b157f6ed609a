package stablediffusion.cli;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import stablediffusion.model.image.Parameters;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.sampler.Samplers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** docs/RECIPES.md: its commands can be read, and its pictures were made by them. */
class RecipesTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern COMMAND = Pattern.compile("(?m)^\\./sd (.*)$");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    private static final Pattern PICTURE = Pattern.compile("\\(pictures/([^)]*)\\)");

    /** The bundled model's own sampler. */
    private static final String OF_THE_MODEL = "dpm++2m";

    private static String text;

    @BeforeAll
    static void read() throws IOException {
        text = Files.readString(DOCS.resolve("RECIPES.md"));
    }

    @TestFactory
    Stream<DynamicTest> commandsCanBeRead() {
        return commands().map(command -> dynamicTest(command, () -> Main.commandLine().parseArgs(words(command))));
    }

    @TestFactory
    Stream<DynamicTest> picturesAreMadeByThem() {
        List<String> commands = commands().toList();
        return PICTURE.matcher(text).results().map(match -> match.group(1)).distinct().map(name -> dynamicTest(name, () -> {
            Path file = DOCS.resolve("pictures", name);
            var parameters = PictureFile.readParameters(file).map(Parameters::parse);
            if (parameters.isEmpty()) {
                // Previews and the mask.
                assertTrue(PictureFile.read(file).getWidth() == 128);
                return;
            }
            String seed = parameters.get().settings().get("Seed");
            String steps = parameters.get().settings().get("Steps");
            String sampler = parameters.get().settings().get("Sampler");
            assertTrue(commands.stream().map(command -> List.of(words(command))).anyMatch(words -> fits(words, parameters.get().prompt())
                    && value(words, "--seed", "").equals(seed)
                    && value(words, "--steps", "50").equals(steps)
                    && Samplers.find(value(words, "--sampler", OF_THE_MODEL)).webUiName().equals(sampler)));
        }));
    }

    private static String value(List<String> words, String option, String otherwise) {
        int index = words.indexOf(option);
        return index < 0 ? otherwise : words.get(index + 1);
    }

    private static boolean fits(List<String> words, String prompt) {
        return words.contains(prompt) || words.contains("--prompts-file") && text.contains(prompt);
    }

    private static Stream<String> commands() {
        return COMMAND.matcher(text).results().map(match -> match.group(1));
    }

    private static String[] words(String command) {
        return WORD.matcher(command).results().map(RecipesTest::word).toArray(String[]::new);
    }

    private static String word(MatchResult match) {
        return Arrays.stream(new String[] {match.group(1), match.group(2)}).filter(part -> part != null).findFirst().orElseThrow();
    }
}
