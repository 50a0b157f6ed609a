package stablediffusion.model.text;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class TokenizerTest {
    private static final Tokenizer TOKENIZER = new Tokenizer();

    /** Compares with the tokens in the tests of Apple's ml-stable-diffusion. */
    @Test
    void publishedTokens() {
        assertEquals(List.of(320, 1125, 539, 550, 18376, 6765, 320, 4558, 525, 7496),
                TOKENIZER.encode("a photo of an astronaut riding a horse on mars"));
        assertEquals(List.of(3055, 19622, 5780, 10929, 5771, 525, 320, 20617, 1922, 631, 1953),
                TOKENIZER.encode("Apple CoreML developer tools on a Macbook Air are fast"));
    }

    @Test
    void rowIsStartTokensEndAndPadding() {
        int[] row = TOKENIZER.encodeRow("a horse");
        assertEquals(Tokenizer.ROW, row.length);
        assertArrayEquals(new int[] {Tokenizer.START, 320, 4558, Tokenizer.END, Tokenizer.END}, Arrays.copyOf(row, 5));
        assertEquals(Tokenizer.END, row[Tokenizer.ROW - 1]);
    }

    @Test
    void rowCutsWhatDoesNotFitAndStillEnds() {
        int[] row = TOKENIZER.encodeRow("word ".repeat(200));
        assertEquals(2653, row[Tokenizer.ROW - 2]);
        assertEquals(Tokenizer.END, row[Tokenizer.ROW - 1]);
    }

    @Test
    void embeddingWordsTakeIdsAboveTheVocabulary() {
        Tokenizer taught = new Tokenizer(List.of(
                new Tokenizer.EmbeddingWord("<cat-toy>", 1), new Tokenizer.EmbeddingWord("my horse", 3)));
        assertEquals(List.of(320, 1125, 539, 49408), taught.encode("a photo of <cat-toy>"));
        assertEquals(List.of(320, 49409, 49410, 49411, 267, 4558), taught.encode("a My Horse, horse"));
    }

    @Test
    void longerEmbeddingWordWins() {
        Tokenizer taught = new Tokenizer(List.of(
                new Tokenizer.EmbeddingWord("horse", 1), new Tokenizer.EmbeddingWord("horse on mars", 1)));
        assertEquals(List.of(49408, 537, 49409), taught.encode("horse and horse on mars"));
    }

    @Test
    void embeddingWordMustBeWritable() {
        assertThrows(IllegalArgumentException.class, () -> new Tokenizer.EmbeddingWord(" ", 1));
        assertThrows(IllegalArgumentException.class, () -> new Tokenizer.EmbeddingWord("cat", 0));
        assertThrows(IllegalArgumentException.class, () -> new Tokenizer(List.of(new Tokenizer.EmbeddingWord("\u0001", 1))));
    }
}
