package stablediffusion.model.text;

import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Finds characters side by side that no language writes: the evidence, of the same kind as that of the library ftfy (Speer, 2019), that a
 * text is UTF-8 which somebody read as Windows-1252. Compares with all sequences at once, one bit for each, so that no text is slow.
 */
final class UnlikelySequences {
    private static final int LONGEST = 4;
    /** Stands for the end of the text, after the characters of Unicode's basic plane. */
    private static final int END = 0x10000;

    private static final BitSet UPPER = set("À-ÑØÜÝŒŠŸŽ");
    private static final BitSet LOWER = set("ß-ñüœšž");
    private static final BitSet ODD = set("¦¤¨¬¯¸ƒˆ˜†‡‰ªº\ufffd");
    private static final BitSet NUMERIC = set("²³¹±¼½¾×µ÷");
    private static final BitSet CURRENCY = set("¢£¥€");
    private static final BitSet LEGAL = set("¶§");
    private static final BitSet OPENING = set("¡«¿©‘‚“„•‹");
    private static final BitSet CLOSING = set("®»”›™");
    private static final BitSet ARABIC_LEAD = set("ØÙ");
    private static final BitSet ARABIC_REST = any(set("\u00a0\u00ad·´–—…’ŸŠ®°µ»"), CURRENCY, ODD, NUMERIC, OPENING);

    private static final List<List<BitSet>> SEQUENCES = List.of(
            List.of(set("\u0080-\u009f")),
            List.of(any(ODD, LOWER, UPPER, OPENING, CLOSING, CURRENCY, NUMERIC, LEGAL), ODD),
            List.of(ODD, any(LOWER, UPPER, OPENING, CLOSING, CURRENCY, NUMERIC, LEGAL)),
            List.of(any(LOWER, CLOSING, CURRENCY, NUMERIC), UPPER),
            List.of(any(CLOSING, CURRENCY, NUMERIC), LOWER),
            List.of(any(LOWER, CLOSING), CURRENCY),
            List.of(matching("\\s"), UPPER, CURRENCY),
            List.of(UPPER, any(NUMERIC, LEGAL, set("°"))),
            List.of(any(LOWER, UPPER, CURRENCY, CLOSING), OPENING, NUMERIC),
            List.of(any(LOWER, UPPER, CURRENCY, NUMERIC, LEGAL), CLOSING, OPENING),
            List.of(any(CURRENCY, NUMERIC), OPENING),
            List.of(set("a-z"), UPPER, any(OPENING, CURRENCY)),
            List.of(any(LOWER, UPPER), any(OPENING, CLOSING), matching("\\w")),
            List.of(set("Œœ"), matching("[^A-Za-z]")),
            List.of(set("ÂÃÎÐ"), any(set("€œŠš¢£Ÿž\u00a0\u00ad®©°·»–—´"), OPENING, CLOSING)),
            List.of(set("×"), set("²³")),
            List.of(ARABIC_LEAD, ARABIC_REST, ARABIC_LEAD, ARABIC_REST),
            List.of(set("à"), set("²µ¹¼½¾")));

    /** For each place in a sequence and each character: the sequences that may have it there, or that have ended before. */
    private static final List<int[]> SEQUENCES_WITH = IntStream.range(0, LONGEST).mapToObj(UnlikelySequences::sequencesWith).toList();

    private UnlikelySequences() {}

    /** Returns whether such a sequence lies between two positions of a text. */
    static boolean in(String text, int start, int end) {
        for (int first = start; first < end; first++) {
            int possible = -1;
            for (int place = 0; place < LONGEST && possible != 0; place++) {
                int position = first + place;
                possible &= SEQUENCES_WITH.get(place)[position < end ? text.charAt(position) : END];
            }
            if (possible != 0) {
                return true;
            }
        }
        return false;
    }

    private static int[] sequencesWith(int place) {
        int[] table = new int[END + 1];
        for (int i = 0; i < SEQUENCES.size(); i++) {
            List<BitSet> sequence = SEQUENCES.get(i);
            int bit = 1 << i;
            IntStream characters = place < sequence.size() ? sequence.get(place).stream() : IntStream.rangeClosed(0, END);
            characters.forEach(character -> table[character] |= bit);
        }
        return table;
    }

    /** Returns the characters of a text, in which a hyphen stands for those between two. */
    private static BitSet set(String characters) {
        BitSet set = new BitSet();
        for (int i = 0; i < characters.length(); i++) {
            boolean range = characters.startsWith("-", i + 1);
            set.set(characters.charAt(i), characters.charAt(range ? i + 2 : i) + 1);
            i += range ? 2 : 0;
        }
        return set;
    }

    private static BitSet matching(String expression) {
        Predicate<String> matches = Pattern.compile(expression, Pattern.UNICODE_CHARACTER_CLASS).asMatchPredicate();
        BitSet set = new BitSet();
        IntStream.range(0, END).filter(character -> matches.test(String.valueOf((char) character))).forEach(set::set);
        return set;
    }

    private static BitSet any(BitSet... sets) {
        BitSet union = new BitSet();
        List.of(sets).forEach(union::or);
        return union;
    }
}
