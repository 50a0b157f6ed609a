package stablediffusion.tests;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import stablediffusion.model.text.Tokenizer;
import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** Compares tokens with those of OpenAI's tokenizer. */
class TokenizerGoldenTest {
    private static final Tokenizer TOKENIZER = new Tokenizer();

    @TestFactory
    Stream<DynamicTest> tokens() {
        return Goldens.files("tokens", ".json").stream().flatMap(this::tests);
    }

    private Stream<DynamicTest> tests(Path file) {
        return Goldens.readJson(file).valueStream().map(node -> dynamicTest("'" + node.required("text").asString() + "'", () -> {
            String text = node.required("text").asString();
            assertEquals(numbers(node.required("full")), TOKENIZER.encode(text), "tokens");
            assertEquals(numbers(node.required("ids")), Arrays.stream(TOKENIZER.encodeRow(text)).boxed().toList(), "row");
        }));
    }

    private static List<Integer> numbers(JsonNode array) {
        List<Integer> numbers = new ArrayList<>();
        array.forEach(number -> numbers.add(number.asInt()));
        return numbers;
    }
}
