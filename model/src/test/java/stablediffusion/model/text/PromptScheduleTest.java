package stablediffusion.model.text;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

class PromptScheduleTest {
    private static final int STEPS = 10;

    /** Returns the texts of 10 steps. */
    private static List<String> texts(String prompt) {
        PromptSchedule schedule = PromptSchedule.of(prompt);
        List<String> texts = new ArrayList<>();
        for (int step = 1; step <= STEPS; step++) {
            texts.add(schedule.at(step, STEPS));
        }
        return texts;
    }

    /** Holds a prompt and its text up to each of some steps, as the web UI writes a schedule. */
    record Case(String prompt, List<Until> schedule) {}

    record Until(int step, String text) {}

    private static Case schedule(String prompt, Object... stepsAndTexts) {
        List<Until> schedule = new ArrayList<>();
        for (int i = 0; i < stepsAndTexts.length; i += 2) {
            schedule.add(new Until((Integer) stepsAndTexts[i], (String) stepsAndTexts[i + 1]));
        }
        return new Case(prompt, schedule);
    }

    /** Lists what the examples of the web UI's prompt_parser.get_learned_conditioning_prompt_schedules give for 10 steps. */
    static Stream<Case> examplesOfTheWebUi() {
        return Stream.of(
                schedule("test", 10, "test"),
                schedule("a [b:3]", 3, "a ", 10, "a b"),
                schedule("a [b: 3]", 3, "a ", 10, "a b"),
                schedule("a [[[b]]:2]", 2, "a ", 10, "a [[b]]"),
                schedule("[(a:2):3]", 3, "", 10, "(a:2)"),
                schedule("a [b : c : 1] d", 1, "a b  d", 10, "a  c  d"),
                schedule("a[b:[c:d:2]:1]e", 1, "abe", 2, "ace", 10, "ade"),
                schedule("a [unbalanced", 10, "a [unbalanced"),
                schedule("a [b:.5] c", 5, "a  c", 10, "a b c"),
                schedule("a [{b|d{:.5] c", 5, "a  c", 10, "a {b|d{ c"),
                schedule("((a][:b:c [d:3]", 3, "((a][:b:c ", 10, "((a][:b:c d"),
                schedule("[a|(b:1.1)]", 1, "a", 2, "(b:1.1)", 3, "a", 4, "(b:1.1)", 5, "a", 6, "(b:1.1)", 7, "a", 8, "(b:1.1)", 9, "a", 10,
                        "(b:1.1)"),
                schedule("[fe|]male", 1, "female", 2, "male", 3, "female", 4, "male", 5, "female", 6, "male", 7, "female", 8, "male", 9,
                        "female", 10, "male"),
                schedule("[fe|||]male", 1, "female", 4, "male", 5, "female", 8, "male", 9, "female", 10, "male"));
    }

    @ParameterizedTest
    @MethodSource("examplesOfTheWebUi")
    void examplesOfTheWebUiHaveItsSchedules(Case example) {
        List<String> expected = new ArrayList<>();
        for (Until until : example.schedule) {
            expected.addAll(Collections.nCopies(until.step - expected.size(), until.text));
        }
        assertEquals(expected, texts(example.prompt));
    }

    @Test
    void wordsCanEnd() {
        assertEquals(texts("[a cat:a dog:4]"), texts("[a cat::4][a dog:4]"));
    }

    /** A share of 1 or more, or a number of steps beyond the last, never comes; before the first step is always. */
    @Test
    void changesOutsideOfTheRun() {
        for (String never : List.of("1.0", "7.5", "10", "99999999999", "1e999")) {
            assertEquals(Collections.nCopies(STEPS, "a"), texts("[a:b:" + never + "]"), never);
        }
        for (String always : List.of("0", "0.0", "-1", "-0.5", ".09")) {
            assertEquals(Collections.nCopies(STEPS, "b"), texts("[a:b:" + always + "]"), always);
        }
    }

    @Test
    void whatIsNoChangeIsText() {
        for (String prompt : List.of("[a]", "[3]", "[a:b:c:3]", "[a:b]", "[a|b:c]", "\\[a|b\\]", "[a:b:3\\]", "(a|b)", "a|b", "a:b:3",
                "]:3]",
                "[a:0x3]", "[a:3f]", "", "[")) {
            assertEquals(Collections.nCopies(STEPS, prompt), texts(prompt));
        }
    }

    /** The colons of a tag are its own. */
    @Test
    void tagsAreText() {
        assertEquals("a <lora:x:0.5:0.7> b", texts("a [<lora:x:0.5:0.7> b:c:5]").getFirst());
        assertEquals(Collections.nCopies(STEPS, "[<lora:x|y:1>]"), texts("[<lora:x|y:1>]"));
    }

    @Test
    void literalPromptsNeverChange() {
        assertEquals("[a|b]", PromptStyle.LITERAL.schedule("[a|b]").at(2, STEPS));
        assertEquals("b", PromptStyle.MARKED.schedule("[a|b]").at(2, STEPS));
    }
}
