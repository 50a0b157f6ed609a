package stablediffusion.model.text;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds tags such as {@code <lora:name:0.8>} in a prompt, from its beginning to its end. */
final class TagFinder {
    private static final Pattern BEGINNING = Pattern.compile("<(\\w+):");

    private final String prompt;
    /** Index of the next {@code >}, -1 where there is none: each part of the prompt is searched once, also where no tag is ever closed. */
    private int close;

    /**
     * Holds a tag.
     *
     * @param kind the word after {@code <}
     * @param arguments what follows it and its colon; not empty
     * @param end index of the character after the tag
     */
    record Tag(String kind, String arguments, int end) {}

    TagFinder(String prompt) {
        this.prompt = prompt;
        this.close = prompt.indexOf('>');
    }

    /**
     * Returns the tag that begins at a position, if one does.
     *
     * @param position no smaller than in the calls before
     */
    Optional<Tag> at(int position) {
        Matcher beginning = BEGINNING.matcher(prompt).region(position, prompt.length());
        if (!beginning.lookingAt()) {
            return Optional.empty();
        }
        if (close >= 0 && close < beginning.end()) {
            close = prompt.indexOf('>', beginning.end());
        }
        return close <= beginning.end() ? Optional.empty()
                : Optional.of(new Tag(beginning.group(1), prompt.substring(beginning.end(), close), close + 1));
    }
}
