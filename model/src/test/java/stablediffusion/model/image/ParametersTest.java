package stablediffusion.model.image;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

class ParametersTest {
    @Test
    void whatTheWebUiWrites() {
        Parameters parameters = Parameters
                .parse("""
                a cat,
                on a mat
                Negative prompt: blurry, ugly
                Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 3416309341, Size: 512x768, Model hash: cc6cb27103, Note: "a, \\"b\\": c\\n", Version: v1.6.0""");
        assertEquals("a cat,\non a mat", parameters.prompt());
        assertEquals("blurry, ugly", parameters.negativePrompt());
        assertEquals("DPM++ 2M Karras", parameters.settings().get("Sampler"));
        assertEquals("512x768", parameters.settings().get("Size"));
        assertEquals("a, \"b\": c\n", parameters.settings().get("Note"));
        assertEquals("v1.6.0", parameters.settings().get("Version"));
        assertEquals(8, parameters.settings().size());
    }

    @Test
    void writtenParametersReadBack() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("Steps", "50");
        settings.put("Sampler", "DPM++ 2M");
        settings.put("Seed", "-1");
        settings.put("Loras", "a: 0.5, b\\n: \"1\"");
        Parameters parameters = new Parameters("a red circle: on blue", "text", settings);
        assertEquals(parameters, Parameters.parse(parameters.format()));
    }

    @Test
    void aTextWithoutSettingsIsAllPrompt() {
        assertEquals(new Parameters("a cat, on: a mat", "", Map.of()), Parameters.parse("a cat, on: a mat"));
    }

    /** Uses texts that once took a time that grew with their square, or a stack as deep as they are long. */
    @ParameterizedTest
    @MethodSource("longTexts")
    void longTextsTakeLinearTime(String text) {
        assertTimeoutPreemptively(Duration.ofMinutes(1), () -> Parameters.parse(text));
    }

    static Stream<String> longTexts() {
        int length = 1_000_000;
        String settings = "a\nSteps: 1, A: 2, B: 3, ";
        return Stream.of(
                "a".repeat(length),
                "a\n" + " ".repeat(length) + "Steps 20",
                settings + "a: \"" + "\\a".repeat(length),
                settings + "a: \"" + "b\\\"".repeat(length),
                settings + "a:\"".repeat(length),
                settings + ":".repeat(length),
                "\n".repeat(length) + "a");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "\"\\u00zz\" | \"\\u00zz\"",
        "\"a\\xb\" | \"a\\xb\"",
        "\"abc | \"abc",
        "\"a\" b | \"a\" b",
        "\" | \"",
        "\"a, b\" | a, b",
    })
    void aBrokenStringIsReadAsItIs(String value, String expected) {
        Parameters parameters = Parameters.parse("p\nSteps: 20, Model: " + value + ", Seed: 1, Size: 64x64");
        assertEquals(expected, parameters.settings().get("Model"));
        assertEquals("64x64", parameters.settings().get("Size"));
        assertEquals("p", parameters.prompt());
    }
}
