package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.Printable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static stablediffusion.cli.CommandLineRun.assertFails;

/** What cannot even be read: exit code 2, one line, the nearest that there is. */
class WrongCommandLineTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "did you mean --steps?               | generate x --stesp 20",
        "did you mean --cfg-scale?           | generate x --cfg-scal 5",
        "did you mean generate?              | genrate x",
        "did you mean inspect?               | inspcet x",
        "'sd generate --help' tells more     | generate x --zzz",
        "there is nothing to paint           | generate",
        "exclude each other                  | generate x --prompts-file y",
        "--steps                             | generate x --steps many",
        "'0' is no batch size: take 1 to 256 | generate x --batch-size 0",
        "'257' is no batch size              | generate x --batch-size 257",
        "'two' is no batch size              | generate x --batch-size two",
        "expected one of [CPU, CUDA]         | generate x --rng tpu",
        "stored in f16 or f32, not bf16      | convert x.ckpt --precision bf16",
        "put several words in quotes         | generate a red circle",
        "Missing required parameter          | convert",
    })
    void nearest(String expected, String arguments) {
        assertFails(2, expected, arguments.split(" "));
    }

    /** One of the two is cut in the middle of a pair of surrogates. */
    @ParameterizedTest
    @ValueSource(strings = {"", "a"})
    void aLongMessageIsCutBetweenCharacters(String before) {
        String message = CommandLineRun.of("generate", "x", "--rng", before + "\uD83D\uDE00".repeat(3000)).err();
        assertTrue(message.length() < 3000, message);
        message.lines().forEach(line -> assertEquals(Printable.line(line), line));
    }

    /** NUL ends a name, and half of a character has no bytes. */
    @ParameterizedTest
    @ValueSource(strings = {"a\0.png", "\ud800.png"})
    void whatCanBeNoNameOfAFile(String name) {
        assertFails(2, "", "generate", "x", "-o", name);
        assertFails(2, "", "generate", "x", "-i", name);
        assertFails(2, "", "inspect", name);
        assertFails(2, "", "convert", name);
    }

    @Test
    void nothingAtAllShowsWhatThereIs() {
        CommandLineRun run = CommandLineRun.of();
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("generate") && run.err().contains("Examples"), run.err());
    }

    @Test
    void completionKnowsCommandsOptionsAndSamplers() {
        CommandLineRun run = CommandLineRun.of("completion");
        assertEquals(0, run.exitCode());
        for (String word : new String[] {"generate", "--prompts-file", "--strength", "\"dpm++2m\"", "karras"}) {
            assertTrue(run.out().contains(word), word);
        }
    }

    @Test
    void helpTeachesAndHidesTheNamesOfOthers() {
        String help = CommandLineRun.of("generate", "--help").out().replaceAll("\\s+", " ");
        for (String word : new String[] {
            "Sampling:", "From a picture:", "Output:", "--init-img", "--strength", "--mask", "--schedule", "discrete, karras, exponential",
            "--eta",
            "--rng", "--clip-skip", "--literal", "--prompts-file", "--grid", "--batch-size", "--preview", "--json", "Default: 7.5",
            "Examples:"
        }) {
            assertTrue(help.contains(word), word);
        }
        for (String word : new String[] {"--ddim_steps", "--plms", "--n_samples", "--n_iter", "--outdir", "--ckpt"}) {
            assertTrue(!help.contains(word), word);
        }
    }
}
