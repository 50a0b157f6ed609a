package stablediffusion.model.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Turns text into the tokens that CLIP's text encoder reads, the same as OpenAI's simple_tokenizer.py.
 *
 * <p>Words of textual inversion (Gal et al., 2022) can be added; their tokens follow CLIP's own. Holds no state between calls; safe for
 * many threads.
 */
public final class Tokenizer {
    /** Token that begins a row. */
    public static final int START = 49406;
    /** Token that ends a row and fills the rest of it. */
    public static final int END = 49407;
    /** Number of CLIP's tokens; those of embedding words follow. */
    public static final int VOCABULARY = 49408;
    /** Number of tokens in a row. */
    public static final int ROW = 77;
    /** Number of tokens in a row between start and end. */
    public static final int CHUNK = ROW - 2;

    private static final Map<String, Integer> SPECIAL = Map.of("<|startoftext|>", START, "<|endoftext|>", END);
    private static final Pattern WORD = Pattern.compile(
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+",
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS);

    private final BytePairMerges merges;
    /** Longest first, so that of two that begin alike the longer is found. */
    private final List<SpelledWord> embeddingWords;

    /**
     * Describes a word of textual inversion.
     *
     * @param name spelling in a prompt; case does not matter
     * @param vectors number of rows of the token table that it has, and so of its tokens in a prompt; at least 1
     */
    public record EmbeddingWord(String name, int vectors) {
        public EmbeddingWord {
            if (name.isBlank() || vectors < 1) {
                throw new IllegalArgumentException("embedding word '" + name + "' with " + vectors + " vectors");
            }
        }
    }

    private record SpelledWord(List<Integer> spelling, List<Integer> tokens) {}

    /** Makes a tokenizer of CLIP's own vocabulary. */
    public Tokenizer() {
        this(List.of());
    }

    /**
     * Makes a tokenizer that knows more words.
     *
     * @param words words besides CLIP's: the vectors of the first get the ids from {@link #VOCABULARY} on, then those of the next
     */
    public Tokenizer(List<EmbeddingWord> words) {
        merges = new BytePairMerges();
        List<SpelledWord> spelled = new ArrayList<>();
        int next = VOCABULARY;
        for (EmbeddingWord word : words) {
            List<Integer> tokens = IntStream.range(next, next + word.vectors()).boxed().toList();
            List<Integer> spelling = encodeOwn(word.name());
            if (spelling.isEmpty()) {
                throw new IllegalArgumentException("embedding word '" + word.name() + "' has no character that can be written");
            }
            spelled.add(new SpelledWord(spelling, tokens));
            next += word.vectors();
        }
        spelled.sort(Comparator.comparingInt((SpelledWord word) -> word.spelling().size()).reversed());
        embeddingWords = List.copyOf(spelled);
    }

    /** Returns the tokens of a text of any length, without start, end and padding. */
    public List<Integer> encode(String text) {
        return encodeWords(text).stream().flatMap(List::stream).toList();
    }

    /** Returns the same tokens, those of an embedding word together and every other one alone. */
    List<List<Integer>> encodeWords(String text) {
        List<Integer> tokens = encodeOwn(text);
        List<List<Integer>> words = new ArrayList<>(tokens.size());
        int position = 0;
        while (position < tokens.size()) {
            SpelledWord word = embeddingWordAt(tokens, position);
            words.add(word == null ? List.of(tokens.get(position)) : word.tokens());
            position += word == null ? 1 : word.spelling().size();
        }
        return words;
    }

    /** Returns the row that the text encoder reads: start, as many tokens as fit, end, and padding. */
    public int[] encodeRow(String text) {
        List<Integer> tokens = encode(text);
        return row(tokens.subList(0, Math.min(tokens.size(), CHUNK)));
    }

    /**
     * Returns the row of some tokens.
     *
     * @param tokens no more than {@link #CHUNK}
     * @return {@link #ROW} tokens
     */
    public static int[] row(List<Integer> tokens) {
        if (tokens.size() > CHUNK) {
            throw new IllegalArgumentException(tokens.size() + " tokens do not fit a row of " + CHUNK);
        }
        int[] row = new int[ROW];
        Arrays.fill(row, END);
        row[0] = START;
        for (int i = 0; i < tokens.size(); i++) {
            row[i + 1] = tokens.get(i);
        }
        return row;
    }

    private List<Integer> encodeOwn(String text) {
        List<Integer> tokens = new ArrayList<>();
        Map<String, List<Integer>> known = new HashMap<>();
        Matcher matcher = WORD.matcher(TextCleaner.clean(text));
        while (matcher.find()) {
            String word = matcher.group();
            Integer special = SPECIAL.get(word);
            tokens.addAll(special != null ? List.of(special) : known.computeIfAbsent(word, merges::encode));
        }
        return tokens;
    }

    private SpelledWord embeddingWordAt(List<Integer> tokens, int position) {
        for (SpelledWord word : embeddingWords) {
            int end = position + word.spelling().size();
            if (end <= tokens.size() && tokens.subList(position, end).equals(word.spelling())) {
                return word;
            }
        }
        return null;
    }
}
