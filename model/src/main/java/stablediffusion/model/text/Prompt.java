package stablediffusion.model.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Holds a prompt as the text encoder reads it: rows of 77 tokens, a weight for each token, and the LoRAs that it asks for. Syntax and
 * division into rows are those of AUTOMATIC1111's web UI.
 *
 * @param chunks rows of the text encoder, at least one
 * @param loras in the order of the prompt
 */
public record Prompt(List<Chunk> chunks, List<Lora> loras) {
    /** The token of "," at the end of a word. */
    private static final int COMMA = 267;
    /** Number of tokens, the web UI's default: a chunk that is full ends at its last comma, if that is no further back. */
    private static final int COMMA_BACKTRACK = 20;

    public Prompt {
        chunks = List.copyOf(chunks);
        loras = List.copyOf(loras);
    }

    /**
     * Holds one row of the text encoder. The encoder reads the tokens alone; {@link Emphasis} applies the weights to its output.
     *
     * @param tokens {@link Tokenizer#ROW} tokens
     * @param weights a weight for each token, 1 where the prompt gives none
     */
    public record Chunk(int[] tokens, float[] weights) {

        static Chunk of(List<Integer> tokens, List<Float> weights) {
            float[] row = new float[Tokenizer.ROW];
            Arrays.fill(row, 1);
            for (int i = 0; i < weights.size(); i++) {
                row[i + 1] = weights.get(i);
            }
            return new Chunk(Tokenizer.row(tokens), row);
        }
    }

    /**
     * Describes a LoRA, a small model that is added to the large one.
     *
     * @param name name of its file, without folder and ending
     * @param textEncoder factor of what it adds to the text encoder; 1 as it was trained
     * @param unet factor of what it adds to the UNet
     */
    public record Lora(String name, double textEncoder, double unet) {}

    /**
     * Reads a prompt.
     *
     * <ul>
     *   <li>{@code (word:1.2)} gives a weight; {@code (word)} is 1.1, {@code ((word))} 1.21, {@code [word]} 1 / 1.1;
     *   <li>{@code \(} is a bracket of the text, and so on for the other brackets;
     *   <li>text beyond 75 tokens continues in further chunks, from a comma if one is near; {@code BREAK} begins a chunk;
     *   <li>{@code <lora:name:0.8>} is removed from the text and listed; {@code <lora:name:0.5:0.7>} has a factor for each network.
     * </ul>
     *
     * @throws stablediffusion.model.UserException with the position of a tag or weight that is wrong
     */
    public static Prompt parse(String text, Tokenizer tokenizer) {
        PromptSyntax syntax = new PromptSyntax(text);
        Chunker chunker = new Chunker();
        for (PromptSyntax.Piece piece : syntax.pieces()) {
            if (piece.isBreak()) {
                chunker.end();
            } else {
                tokenizer.encodeWords(piece.text()).forEach(word -> chunker.add(word, (float) piece.weight()));
            }
        }
        return new Prompt(chunker.finish(), syntax.loras());
    }

    /**
     * Returns the chunks, and empty ones up to a number: prompt and negative prompt need equally many.
     */
    public List<Chunk> paddedTo(int count) {
        List<Chunk> padded = new ArrayList<>(chunks);
        padded.addAll(Collections.nCopies(Math.max(0, count - chunks.size()), Chunk.of(List.of(), List.of())));
        return padded;
    }

    /** Fills one chunk after another. */
    private static final class Chunker {
        private final List<Chunk> done = new ArrayList<>();
        private List<Integer> tokens = new ArrayList<>();
        private List<Float> weights = new ArrayList<>();
        private int lastComma = -1;

        /**
         * Adds a word.
         *
         * @param word one token, or those of an embedding word, which stay together if they fit into one chunk
         */
        void add(List<Integer> word, float weight) {
            boolean comma = word.equals(List.of(COMMA));
            if (tokens.size() == Tokenizer.CHUNK && !comma && lastComma >= 0 && tokens.size() - lastComma <= COMMA_BACKTRACK) {
                endAfter(lastComma + 1);
            } else if (tokens.size() + Math.min(word.size(), Tokenizer.CHUNK) > Tokenizer.CHUNK) {
                end();
            }
            if (comma) {
                lastComma = tokens.size();
            }
            for (int token : word) {
                if (tokens.size() == Tokenizer.CHUNK) {
                    end();
                }
                tokens.add(token);
                weights.add(weight);
            }
        }

        private void endAfter(int count) {
            List<Integer> laterTokens = new ArrayList<>(tokens.subList(count, tokens.size()));
            List<Float> laterWeights = new ArrayList<>(weights.subList(count, weights.size()));
            tokens = tokens.subList(0, count);
            weights = weights.subList(0, count);
            end();
            tokens = laterTokens;
            weights = laterWeights;
        }

        void end() {
            done.add(Chunk.of(tokens, weights));
            tokens = new ArrayList<>();
            weights = new ArrayList<>();
            lastComma = -1;
        }

        List<Chunk> finish() {
            if (!tokens.isEmpty() || done.isEmpty()) {
                end();
            }
            return done;
        }
    }
}
