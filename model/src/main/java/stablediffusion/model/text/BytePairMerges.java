package stablediffusion.model.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * Encodes one word by CLIP's byte-pair encoding (Sennrich et al., 2016). Ids 0 to 255 are the bytes, 256 to 511 the bytes that end a
 * word, and 512 + rank the merges of two neighbours.
 */
final class BytePairMerges {
    private static final String RESOURCE = "clip-merges.txt.gz";
    private static final String END_OF_WORD = "</w>";
    private static final int BYTES = 256;
    private static final int FIRST_MERGED = 2 * BYTES;

    /** The id of each byte: first those of printable characters, in Latin-1's order, then the rest. */
    private final int[] idOfByte = new int[BYTES];
    /** The id of the merge of two neighbours, by {@link #pair}. The lower, the earlier it is applied. */
    private final Map<Long, Integer> merged = new HashMap<>();

    BytePairMerges() {
        Map<String, Integer> ids = new HashMap<>();
        int rest = 0;
        for (boolean printing : new boolean[] {true, false}) {
            for (int value = 0; value < BYTES; value++) {
                if (prints(value) == printing) {
                    int id = ids.size() / 2;
                    // The table writes every byte as a letter: for one that is not printable, a letter above U+00FF.
                    String letter = Character.toString(printing ? value : BYTES + rest++);
                    ids.put(letter, id);
                    ids.put(letter + END_OF_WORD, BYTES + id);
                    idOfByte[value] = id;
                }
            }
        }
        for (String line : readTable()) {
            int space = line.indexOf(' ');
            String left = line.substring(0, space);
            String right = line.substring(space + 1);
            int id = FIRST_MERGED + merged.size();
            merged.put(pair(ids.get(left), ids.get(right)), id);
            ids.put(left + right, id);
        }
    }

    /** Returns the largest id plus one. */
    int size() {
        return FIRST_MERGED + merged.size();
    }

    /** Returns the tokens of one word: joins the neighbours whose merge comes first in the table, until none can be joined. */
    List<Integer> encode(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        List<Integer> tokens = new ArrayList<>(bytes.length);
        for (byte value : bytes) {
            tokens.add(idOfByte[value & 0xff]);
        }
        tokens.set(tokens.size() - 1, BYTES + tokens.getLast());
        while (true) {
            int best = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < tokens.size(); i++) {
                best = Math.min(best, merged.getOrDefault(pair(tokens.get(i), tokens.get(i + 1)), Integer.MAX_VALUE));
            }
            if (best == Integer.MAX_VALUE) {
                return tokens;
            }
            List<Integer> joined = new ArrayList<>(tokens.size());
            for (int i = 0; i < tokens.size(); i++) {
                boolean join = i + 1 < tokens.size() && merged.getOrDefault(pair(tokens.get(i), tokens.get(i + 1)), -1) == best;
                joined.add(join ? best : tokens.get(i));
                i += join ? 1 : 0;
            }
            tokens = joined;
        }
    }

    private static boolean prints(int value) {
        return value >= '!' && value <= '~' || value >= '¡' && value <= 'ÿ' && value != 0xad;
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    private static List<String> readTable() {
        try (InputStream resource = BytePairMerges.class.getResourceAsStream(RESOURCE);
                InputStream text = new GZIPInputStream(resource);
                BufferedReader reader = new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8))) {
            return reader.readAllLines();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + RESOURCE, e);
        }
    }
}
