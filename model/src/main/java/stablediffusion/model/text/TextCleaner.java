package stablediffusion.model.text;

import org.jsoup.parser.Parser;

import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Cleans text as CLIP's training text was ({@code basic_clean} and {@code whitespace_clean} of OpenAI's simple_tokenizer.py): the
 * repairs of ftfy 6, HTML entities replaced twice, runs of white space made one space, lower case.
 */
final class TextCleaner {
    private static final Pattern ENTITY = Pattern.compile("&#?[0-9A-Za-z]{1,24};");
    private static final Pattern C1_CONTROL = Pattern.compile("[\\x80-\\x9f]");
    private static final Pattern FULL_OR_HALF_WIDTH = Pattern.compile("[\u3000\uff01-\uffef]+");
    private static final Pattern LINE_BREAK = Pattern.compile("\r\n|[\r\u2028\u2029\u0085]");
    private static final Pattern LONE_SURROGATE =
            Pattern.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]");
    private static final Pattern TERMINAL_ESCAPE = Pattern.compile("\u001b\\[[\\d;]*[A-Za-z]");
    private static final Pattern CONTROL =
            Pattern.compile("[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]");
    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern LIGATURE = Pattern.compile("[ĲĳŉǱǲǳǄǅǆǇǈǉǊǋǌﬀ-ﬆ]");
    /** Those of the ligatures that Unicode's compatibility form would decompose further. */
    private static final Map<String, String> LIGATURES = Map.of("Ǆ", "DŽ", "ǅ", "Dž", "ǆ", "dž", "ﬅ", "ſt");

    /**
     * Rounds of repairs, each of which may reveal text that was damaged before. Text from people needs three at most; text made for it could
     * need as many as it has characters.
     */
    static final int MAX_ROUNDS = 4;

    private TextCleaner() {}

    static String clean(String text) {
        String repaired = text.lines().map(TextCleaner::repair).collect(Collectors.joining("\n"));
        String unescaped = unescape(unescape(repaired));
        return LowerCase.of(WHITE_SPACE.matcher(unescaped).replaceAll(" ").strip());
    }

    /** Does to one line what ftfy does, again until nothing changes, at most {@link #MAX_ROUNDS} times. Text with a "<" may be HTML: its entities are kept. */
    private static String repair(String line) {
        boolean html = line.contains("<");
        String text = line;
        for (int round = 0; round < MAX_ROUNDS; round++) {
            String better = html ? text : ENTITY.matcher(text).replaceAll(match -> quoted(unescape(match.group())));
            better = Mojibake.repair(better);
            better = C1_CONTROL.matcher(better).replaceAll(
                    match -> String.valueOf(Mojibake.windowsCharacter(match.group().charAt(0))));
            better = LIGATURE.matcher(better).replaceAll(match -> LIGATURES.getOrDefault(match.group(), compatible(match.group())));
            better = FULL_OR_HALF_WIDTH.matcher(better).replaceAll(match -> quoted(compatible(match.group())));
            better = better.replaceAll("[\u2018-\u201b]", "'").replaceAll("[\u201c-\u201f]", "\"");
            better = LINE_BREAK.matcher(better).replaceAll("\n");
            better = LONE_SURROGATE.matcher(better).replaceAll("\ufffd");
            better = TERMINAL_ESCAPE.matcher(better).replaceAll("");
            better = CONTROL.matcher(better).replaceAll("");
            better = Normalizer.normalize(better, Normalizer.Form.NFC);
            if (better.equals(text)) {
                return text;
            }
            text = better;
        }
        return text;
    }

    private static String unescape(String text) {
        return Parser.unescapeEntities(text, false);
    }

    private static String compatible(String text) {
        return text.codePoints()
                .mapToObj(Character::toString)
                .map(character -> Normalizer.normalize(character, Normalizer.Form.NFKC))
                .collect(Collectors.joining());
    }

    private static String quoted(String replacement) {
        return Matcher.quoteReplacement(replacement);
    }
}
