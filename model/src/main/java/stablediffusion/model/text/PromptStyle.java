package stablediffusion.model.text;

import stablediffusion.model.InvalidRequestException;

import java.util.Arrays;
import java.util.List;

/** Selects how the text of a prompt is read. */
public enum PromptStyle {
    /** Reads the web UI's syntax, see {@link Prompt#parse}; a long prompt takes several chunks. */
    MARKED {
        @Override
        public Prompt read(String text, Tokenizer tokenizer) {
            return Prompt.parse(text, tokenizer);
        }

        @Override
        public List<Prompt.Lora> loras(String text) {
            return new PromptSyntax(text).loras();
        }

        @Override
        public PromptSchedule schedule(String text) {
            return PromptSchedule.of(text);
        }
    },
    /** Reads as the original scripts do: every character is text, and what does not fit 75 tokens is cut off. */
    LITERAL {
        @Override
        public Prompt read(String text, Tokenizer tokenizer) {
            float[] weights = new float[Tokenizer.ROW];
            Arrays.fill(weights, 1);
            return new Prompt(List.of(new Prompt.Chunk(tokenizer.encodeRow(text), weights)), List.of());
        }

        @Override
        public List<Prompt.Lora> loras(String text) {
            return List.of();
        }

        @Override
        public PromptSchedule schedule(String text) {
            return PromptSchedule.always(text);
        }
    };

    /**
     * Checks that each bracket of a prompt has its partner, if brackets mean something.
     *
     * @throws stablediffusion.model.UserException with the position of the first that has none
     */
    public void requireBalanced(String text) {
        if (this == MARKED) {
            new PromptSyntax(text).unbalanced().ifPresent(what -> {
                throw new InvalidRequestException(what);
            });
        }
    }

    /** Returns notes on what means something in the web UI, and is text here. */
    public List<String> notes(String text) {
        return this == MARKED ? UnknownSyntax.notes(text) : List.of();
    }

    /** Returns how the text of a prompt changes from step to step. */
    public abstract PromptSchedule schedule(String text);

    /**
     * Reads the text of a step.
     *
     * @throws stablediffusion.model.UserException where its syntax is wrong
     */
    public abstract Prompt read(String text, Tokenizer tokenizer);

    /**
     * Returns the LoRAs that a prompt asks for, without reading its words.
     *
     * @throws stablediffusion.model.UserException where its syntax is wrong
     */
    public abstract List<Prompt.Lora> loras(String text);
}
