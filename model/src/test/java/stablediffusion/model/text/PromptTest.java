package stablediffusion.model.text;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;
import stablediffusion.model.text.Prompt.Chunk;
import stablediffusion.model.text.Prompt.Lora;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PromptTest {
    private static final int COMMA = 267;
    private static final int WORD = 2653;

    private static final Tokenizer TOKENIZER = new Tokenizer();

    /** Formats the pieces as "text*weight", one after another. */
    private static String pieces(String prompt) {
        return new PromptSyntax(prompt).pieces().stream()
                .map(piece -> piece.isBreak() ? "BREAK" : piece.text() + "*" + String.format(Locale.ROOT, "%.4g", piece.weight()))
                .collect(Collectors.joining("|"));
    }

    /** Lists prompts and their pieces; the first ten are from the web UI's documentation of parse_prompt_attention. */
    static Stream<List<String>> prompts() {
        return Stream.of(
                List.of("normal text", "normal text*1.000"),
                List.of("an (important) word", "an *1.000|important*1.100| word*1.000"),
                List.of("(unnecessary)(parens)", "unnecessaryparens*1.100"),
                List.of("\\(literal\\]", "(literal]*1.000"),
                List.of("a (((house:1.3)) [on] a (hill:0.5), sun, (((sky)))).",
                        "a *1.000|house*1.573| *1.100|on*1.000| a *1.100|hill*0.5500|, sun, *1.100|sky*1.464|.*1.000"),
                List.of("[cat]", "cat*0.9091"),
                List.of("a: b, (c:d)", "a: b, *1.000|c:d*1.100"),
                List.of("(cat : 1.5 )", "cat *1.500"),
                List.of("(cat:-.5)", "cat*-0.5000"),
                List.of("a BREAK b", "a*1.000|BREAK|b*1.000"),
                List.of("(a BREAK b:1.2)", "a*1.200|BREAK|b*1.200"),
                List.of("BREAKFAST break", "BREAKFAST break*1.000"),
                List.of("back\\\\slash", "back\\slash*1.000"),
                List.of("a <lora:x:0.5>cat", "a cat*1.000"),
                List.of("<cat-toy> 1 < 2 > 0", "<cat-toy> 1 < 2 > 0*1.000"),
                List.of("()", ""),
                List.of("", ""));
    }

    @ParameterizedTest
    @MethodSource("prompts")
    void readsMarks(List<String> promptAndPieces) {
        assertEquals(promptAndPieces.get(1), pieces(promptAndPieces.getFirst()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "(cat:1.2.3) | weight '1.2.3' at character 6 is not a number",
        "a <lora:x:y> | weight 'y' at character 3 is not a number",
        "a <hypernet:x:1> | <hypernet:x:1> at character 3 asks for a hypernetwork",
        "<lora:x:1:2:3> | at character 1 is not understood",
        "<lora: :1> | at character 1 is not understood",
    })
    void badSyntaxIsNamedWithItsPosition(String prompt, String message) {
        UserException e = assertThrows(UserException.class, () -> Prompt.parse(prompt, TOKENIZER));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void plainPromptIsTheTokenizersRow() {
        String text = "a photo of an astronaut riding a horse on mars";
        Prompt prompt = Prompt.parse(text, TOKENIZER);
        assertEquals(1, prompt.chunks().size());
        assertArrayEquals(TOKENIZER.encodeRow(text), prompt.chunks().getFirst().tokens());
        for (float weight : prompt.chunks().getFirst().weights()) {
            assertEquals(1, weight);
        }
        assertEquals(List.of(), prompt.loras());
    }

    @Test
    void emptyPromptIsOneChunk() {
        assertArrayEquals(TOKENIZER.encodeRow(""), Prompt.parse("", TOKENIZER).chunks().getFirst().tokens());
    }

    @Test
    void weightsLieOnTheirTokens() {
        Chunk chunk = Prompt.parse("a (red circle:1.5) on blue", TOKENIZER).chunks().getFirst();
        assertArrayEquals(new int[] {Tokenizer.START, 320, 736, 7117, 525, 1746, Tokenizer.END}, Arrays.copyOf(chunk.tokens(), 7));
        assertArrayEquals(new float[] {1, 1, 1.5f, 1.5f, 1, 1, 1}, Arrays.copyOf(chunk.weights(), 7));
    }

    /** By {@code parse_prompt_attention} of the web UI: an open bracket weighs the rest, a closing one without partner is text. */
    @Test
    void unbalancedBracketsAreReadAsTheWebUiDoes() {
        assertArrayEquals(new float[] {1, 1, 1.1f, 1.1f, 1}, weights("a (red circle", 5));
        assertArrayEquals(new float[] {1, 1, (float) (1 / 1.1), 1}, weights("a [cat", 4));
        assertArrayEquals(TOKENIZER.encodeRow("cat :)"), tokens("cat :)"));
        assertArrayEquals(TOKENIZER.encodeRow("cat :1.2) dog"), tokens("cat :1.2) dog"));
        // Each kind of bracket has its partner of its own kind.
        assertArrayEquals(new float[] {1, 1.1f, (float) (1.1 / 1.1), (float) (1 / 1.1), 1}, weights("(a [cat) dog]", 5), 1e-6f);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "'(' at character 3 is never closed | a (cat",
        "'[' at character 3 is never closed | a [cat",
        "')' at character 6 closes nothing  | a cat)",
        "']' at character 4 closes nothing  | cat]",
        "']' at character 7 closes nothing  | a (cat]",
        "')' at character 8 closes nothing  | cat:1.2)",
    })
    void bracketsCanBeRequiredToBeBalanced(String expected, String prompt) {
        UserException refused = assertThrows(InvalidRequestException.class, () -> PromptStyle.MARKED.requireBalanced(prompt));
        assertTrue(refused.getMessage().contains(expected), refused.getMessage());
        PromptStyle.LITERAL.requireBalanced(prompt);
        PromptStyle.MARKED.requireBalanced("a (red [circle]:1.2) \\)");
    }

    @Test
    void whatTheWebUiKnowsAndThisProgramDoesNotIsNoted() {
        assertTrue(PromptStyle.MARKED.notes("a circle AND a star").getFirst().startsWith("AND in the prompt"));
        assertEquals(List.of(), PromptStyle.MARKED.notes("a [cat] [cat:dog:0.5] [a|b] (dog:1.2) and BRAND"));
        assertEquals(List.of(), PromptStyle.LITERAL.notes("a AND b"));
    }

    private static float[] weights(String prompt, int count) {
        return Arrays.copyOf(Prompt.parse(prompt, TOKENIZER).chunks().getFirst().weights(), count);
    }

    private static int[] tokens(String prompt) {
        return Prompt.parse(prompt, TOKENIZER).chunks().getFirst().tokens();
    }

    @Test
    void lorasAreListed() {
        assertEquals(List.of(new Lora("my style", 0.8, 0.8), new Lora("other", 1, 1), new Lora("third", -0.5, 0.7)),
                Prompt.parse("cat <lora:my style:0.8><lora:other> <lora:third:-.5:.7>", TOKENIZER).loras());
    }

    @Test
    void longPromptGoesOnInTheNextChunk() {
        List<Chunk> chunks = Prompt.parse("word ".repeat(160), TOKENIZER).chunks();
        assertEquals(List.of(75, 75, 10), chunks.stream().map(PromptTest::used).toList());
        assertEquals(Tokenizer.END, chunks.getFirst().tokens()[76]);
    }

    @Test
    void fullChunkEndsAtACommaNearby() {
        List<Chunk> chunks = Prompt.parse("word ".repeat(60) + ", " + "word ".repeat(30), TOKENIZER).chunks();
        assertEquals(List.of(61, 30), chunks.stream().map(PromptTest::used).toList());
        assertEquals(COMMA, chunks.getFirst().tokens()[61]);
        assertEquals(WORD, chunks.getLast().tokens()[1]);
    }

    @Test
    void commaTooFarBackIsNoEnd() {
        List<Chunk> chunks = Prompt.parse("word ".repeat(50) + ", " + "word ".repeat(40), TOKENIZER).chunks();
        assertEquals(List.of(75, 16), chunks.stream().map(PromptTest::used).toList());
    }

    @Test
    void breakBeginsAChunk() {
        List<Chunk> chunks = Prompt.parse("a cat BREAK (a dog:1.2)", TOKENIZER).chunks();
        assertEquals(List.of(2, 2), chunks.stream().map(PromptTest::used).toList());
        assertEquals(1.2f, chunks.getLast().weights()[1]);
    }

    @Test
    void embeddingWordStaysTogether() {
        Tokenizer taught = new Tokenizer(List.of(new Tokenizer.EmbeddingWord("zebrastyle", 4)));
        List<Chunk> chunks = Prompt.parse("word ".repeat(73) + "(zebrastyle:1.1)", taught).chunks();
        assertEquals(List.of(73, 4), chunks.stream().map(PromptTest::used).toList());
        assertEquals(Tokenizer.VOCABULARY + 3, chunks.getLast().tokens()[4]);
        assertEquals(1.1f, chunks.getLast().weights()[4]);
    }

    @Test
    void shorterPromptIsPaddedWithEmptyChunks() {
        List<Chunk> chunks = Prompt.parse("cat", TOKENIZER).paddedTo(3);
        assertEquals(3, chunks.size());
        assertArrayEquals(TOKENIZER.encodeRow(""), chunks.getLast().tokens());
        assertEquals(2, Prompt.parse("a BREAK b", TOKENIZER).paddedTo(1).size());
    }

    /** Compares with numbers computed by hand: (1, 2, 3, 4) with weights 1 and 2 on pairs is (1, 2, 6, 8), times 2.5 / 4.25. */
    @Test
    void emphasisKeepsTheMean() {
        float[] context = {1, 2, 3, 4};
        assertArrayEquals(new float[] {10 / 17f, 20 / 17f, 60 / 17f, 80 / 17f}, Emphasis.apply(context, new float[] {1, 2}), 1e-6f);
        assertArrayEquals(context, Emphasis.apply(context, new float[] {1, 1}));
        assertThrows(IllegalArgumentException.class, () -> Emphasis.apply(context, new float[] {1, 1, 1}));
    }

    /**
     * Uses prompts that once took a time that grew with their square, minutes and more. Half a minute is for slow machines; it is of the
     * processor's time, so that other work does not count, and what would never end is stopped.
     */
    @ParameterizedTest
    @MethodSource("longPrompts")
    void longPromptsTakeLinearTime(String prompt) {
        assertTimeoutPreemptively(Duration.ofMinutes(2), () -> {
            for (PromptStyle style : PromptStyle.values()) {
                try {
                    style.read(prompt, TOKENIZER);
                    style.schedule(prompt).at(1, 2);
                    style.notes(prompt);
                } catch (UserException wrongSyntax) {
                    assertTrue(wrongSyntax.getMessage().length() < 500, wrongSyntax.getMessage());
                }
            }
            double seconds = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() * 1e-9;
            assertTrue(seconds < 30, seconds + " s");
        });
    }

    static Stream<String> longPrompts() {
        int length = 400_000;
        Random random = new Random(1);
        String letters = random.ints(length, 'a', 'z' + 1).mapToObj(Character::toString).collect(Collectors.joining());
        return Stream.of(
                "<lora:".repeat(length / 6),
                "<".repeat(length),
                "\u0130".repeat(length),
                "(a:1.1)".repeat(200_000),
                "(a:1.1)(b:1.2)".repeat(length / 50),
                "(a".repeat(length / 2),
                "(".repeat(99) + "(a)[b]".repeat(length / 6) + ")".repeat(99),
                " ".repeat(length),
                "BREAK ".repeat(length / 6),
                ": ".repeat(length / 2),
                ":" + "1".repeat(length),
                "\u0301".repeat(length) + "BREAK",
                "[a:".repeat(length / 3),
                "[a|".repeat(length / 3),
                "[a:b:1]".repeat(length / 7),
                "[(])".repeat(length / 8) + ":3]".repeat(length / 8),
                "a".repeat(length),
                letters,
                "&" + "amp;".repeat(length / 4),
                "&".repeat(length),
                "Ã" + "ƒ".repeat(length),
                "<lora:" + "x:".repeat(length / 2) + ">");
    }

    @Test
    void nestingIsLimited() {
        assertEquals("a*1.378e+04", pieces("(".repeat(100) + "a" + ")".repeat(100)));
        UserException e = assertThrows(UserException.class, () -> Prompt.parse("(".repeat(101) + "a" + ")".repeat(101), TOKENIZER));
        assertTrue(e.getMessage().contains("'(' at character 101 is within 100 other brackets"), e.getMessage());
    }

    private static int used(Chunk chunk) {
        return (int) Arrays.stream(chunk.tokens()).filter(token -> token != Tokenizer.START && token != Tokenizer.END).count();
    }
}
