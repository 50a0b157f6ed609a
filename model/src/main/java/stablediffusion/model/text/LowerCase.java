package stablediffusion.model.text;

import java.util.Locale;

/** Makes text of any length lower case. */
public final class LowerCase {
    private LowerCase() {}

    /**
     * Returns what {@link String#toLowerCase} does, in a time that grows with the text's length: the only letter whose lower case has two characters,
     * for each of which Java copies the whole text, is replaced beforehand.
     */
    public static String of(String text) {
        return text.replace("\u0130", "i\u0307").toLowerCase(Locale.ROOT);
    }
}
