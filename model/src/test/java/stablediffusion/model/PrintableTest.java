package stablediffusion.model;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class PrintableTest {
    @Test
    void controlCharactersAreEscaped() {
        assertEquals("a\\n\\r\\tb", Printable.line("a\n\r\tb"));
        assertEquals("\\u001b[31m\\u0007\\u009b\\u007f\\u0000", Printable.line("\u001b[31m\u0007\u009b\u007f\0"));
        assertEquals("\\u202e\\u2066\\u2028\\ud800x\\udc00", Printable.line("\u202e\u2066\u2028\ud800x\udc00"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "café", "日本語の猫 🐈", "👩\u200d🚀", "a \"b\" \\n"})
    void otherTextStays(String text) {
        assertEquals(text, Printable.line(text));
        assertEquals(text, Printable.lines(text, "  "));
        assertEquals(text, Printable.json(text));
    }

    @Test
    void linesAreKeptWithAnIndent() {
        assertEquals("a\n  sd: b\n  \n  c    d\\u001b", Printable.lines("a\nsd: b\n\nc\td\u001b", "  "));
    }

    @Test
    void jsonEscapesWhatJsonLeaves() {
        assertEquals("{\n\"a\\u009b\"}", Printable.json("{\n\"a\u009b\"}"));
    }
}
