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
import java.util.PriorityQueue;
import java.util.Queue;
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
    private static final int NONE = -1;

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

    /**
     * Returns the tokens of one word: joins the neighbours whose merge comes first in the table, the leftmost of several, until none can be
     * joined. Takes n log n time for n bytes.
     */
    List<Integer> encode(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        Chain chain = new Chain(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            chain.tokens[i] = idOfByte[bytes[i] & 0xff] + (i == bytes.length - 1 ? BYTES : 0);
        }
        // A merge with a token that was merged itself comes later in the table than that, so the queue gives merges in the table's order.
        PriorityQueue<Candidate> candidates = new PriorityQueue<>();
        for (int i = 0; i + 1 < bytes.length; i++) {
            offer(candidates, chain, i);
        }
        for (Candidate next = candidates.poll(); next != null; next = candidates.poll()) {
            if (chain.has(next)) {
                chain.join(next);
                offer(candidates, chain, chain.previous[next.left]);
                offer(candidates, chain, next.left);
            }
        }
        return chain.toList();
    }

    /** Adds the merge of a token and its right neighbour, if there is one. */
    private void offer(Queue<Candidate> candidates, Chain chain, int left) {
        int right = left < 0 ? NONE : chain.next[left];
        Integer merge = right == NONE ? null : merged.get(pair(chain.tokens[left], chain.tokens[right]));
        if (merge != null) {
            candidates.add(new Candidate(merge, left, right, chain.tokens[left], chain.tokens[right]));
        }
    }

    /**
     * Describes a merge of two neighbours, which may have been merged with others since.
     *
     * @param merge id of the token that the two become
     */
    private record Candidate(int merge, int left, int right, int leftToken, int rightToken) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            return merge != other.merge ? Integer.compare(merge, other.merge) : Integer.compare(left, other.left);
        }
    }

    /** Holds the tokens of a word as a list that is linked in both directions, by the index of each token's first byte. */
    private static final class Chain {
        private final int[] tokens;
        private final int[] previous;
        private final int[] next;

        Chain(int length) {
            tokens = new int[length];
            previous = new int[length];
            next = new int[length];
            for (int i = 0; i < length; i++) {
                previous[i] = i - 1;
                next[i] = i + 1 < length ? i + 1 : NONE;
            }
        }

        boolean has(Candidate candidate) {
            return next[candidate.left] == candidate.right
                    && tokens[candidate.left] == candidate.leftToken
                    && tokens[candidate.right] == candidate.rightToken;
        }

        void join(Candidate candidate) {
            int after = next[candidate.right];
            tokens[candidate.left] = candidate.merge;
            tokens[candidate.right] = NONE;
            next[candidate.left] = after;
            next[candidate.right] = NONE;
            if (after != NONE) {
                previous[after] = candidate.left;
            }
        }

        List<Integer> toList() {
            List<Integer> list = new ArrayList<>();
            for (int i = 0; i != NONE; i = next[i]) {
                list.add(tokens[i]);
            }
            return list;
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
