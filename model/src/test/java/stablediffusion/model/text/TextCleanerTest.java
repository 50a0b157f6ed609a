package stablediffusion.model.text;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Compares cleaned text with what ftfy 6.3, HTML unescaping and lower case give in Python. */
class TextCleanerTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "cafÃ© â€œhiâ€\u009d | café \"hi\"",
        "Ã¼ber und unter – Ünïcode | über und unter – ünïcode",
        "ÐºÑ€Ð°Ñ\u0081Ð½Ñ‹Ð¹ | красный",
        "æ—¥æœ¬èªž | 日本語",
        "ðŸš€ rocket | 🚀 rocket",
        "ÃƒÂ©tÃƒÂ© | été",
        "wait\u0085 | wait…",
        "dog’s “life” | dog's \"life\"",
        "ﬁne ﬂower | fine flower",
        "ｆｕｌｌ　ｗｉｄｔｈ １２ | full width 12",
        "e\u0301 | é",
        "İstanbul | i\u0307stanbul",
        "\ufeffbyte order mark | byte order mark",
        "&eacute; &amp;amp; &lt;3 &#233; &#x2019; | é & <3 é '",
        "<b>&eacute;</b> | <b>é</b>",
        "&notin; &copy 2020 | ∉ © 2020",
        "a \u001b[31mred\u001b[0m cat | a red cat",
        "İstanbul | i̇stanbul",
        "a\u2028b\u00a0 c | a b c",
    })
    void cleans(String text, String expected) {
        assertEquals(expected, TextCleaner.clean(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "naïve café", "charlotte brontë…\"", "ahå™, the new sofa", "el niño", "price €50 £20", "50° ± 2 µm ½ cup ²", "красный круг",
        "日本語", "🚀🔥", "«fiesta»", "a\u200bb", "",
    })
    void leavesCorrectTextAlone(String text) {
        assertEquals(text, TextCleaner.clean(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud800 alone", "\udc00"})
    void replacesHalfCharacters(String text) {
        assertEquals("\ufffd", TextCleaner.clean(text).substring(0, 1));
    }

    /**
     * Repairs a long text with a word that was misread ten times, which takes all rounds, each of them over the whole text. The limit is a
     * tenfold of what it takes, and a third of what the same rules as one regular expression took.
     */
    @Test
    void manyRoundsOfRepairsAreFast() {
        String word = "é";
        for (int i = 0; i < 10; i++) {
            word = new String(word.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        }
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        TextCleaner.clean("a".repeat(400_000) + " 日" + word);
        double seconds = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) * 1e-9;
        assertTrue(seconds < 5, seconds + " s");
    }
}
