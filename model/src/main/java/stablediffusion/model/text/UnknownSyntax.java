package stablediffusion.model.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds syntax of AUTOMATIC1111's web UI that this program does not know, so that a prompt is not silently taken for something else. */
final class UnknownSyntax {
    private static final int LONGEST = 60;
    /** What is known of each; patterns that read a character a bounded number of times. */
    private static final Map<Pattern, String> KINDS = new LinkedHashMap<>();

    static {
        KINDS.put(Pattern.compile("(?<!\\\\)\\[[^\\[\\]:]*+(?::[^\\[\\]:]*+)?:\\s*+[0-9.]++\\s*+]"),
                "changes the prompt at a step in the web UI; here it is a word in brackets, as in [word]");
        KINDS.put(Pattern.compile("(?<!\\\\)\\[[^\\[\\]|]*+\\|[^\\[\\]]*+]"),
                "takes turns from step to step in the web UI; here it is a word in brackets, as in [word]");
        KINDS.put(Pattern.compile("(?<![\\p{L}\\p{N}_])AND(?![\\p{L}\\p{N}_])"),
                "combines two prompts in the web UI; here it is the word \"and\"");
    }

    private UnknownSyntax() {}

    static List<String> notes(String prompt) {
        List<String> notes = new ArrayList<>();
        KINDS.forEach((pattern, meaning) -> {
            Matcher found = pattern.matcher(prompt);
            if (found.find()) {
                String text = found.group();
                notes.add((text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…") + " in the prompt " + meaning);
            }
        });
        return notes;
    }
}
