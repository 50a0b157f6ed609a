package stablediffusion.model.text;

import java.util.List;
import java.util.regex.Pattern;

/** Finds syntax of AUTOMATIC1111's web UI that this program does not know, so that a prompt is not silently taken for something else. */
final class UnknownSyntax {
    private static final Pattern AND = Pattern.compile("(?<![\\p{L}\\p{N}_])AND(?![\\p{L}\\p{N}_])");

    private UnknownSyntax() {}

    static List<String> notes(String prompt) {
        return AND.matcher(prompt).find()
                ? List.of("AND in the prompt combines two prompts in the web UI; here it is the word \"and\"")
                : List.of();
    }
}
