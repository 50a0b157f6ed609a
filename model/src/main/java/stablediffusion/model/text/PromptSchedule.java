package stablediffusion.model.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Holds a prompt whose text may change from step to step, with the meaning that AUTOMATIC1111's web UI gives to it:
 *
 * <ul>
 *   <li>{@code [from:to:when]} is {@code from} in the first steps and {@code to} in the others; {@code [to:when]} and {@code [from::when]}
 *       leave one of the two out. {@code when} is the number of the first steps, or with a point in it their share of all;
 *   <li>{@code [a|b|c]} takes turns: {@code a} in the first step, {@code b} in the second and so on.
 * </ul>
 *
 * <p>Both can be within others. What is not of this form is text, for {@link Prompt#parse} to read.
 */
public final class PromptSchedule {
    private static final Pattern NUMBER = Pattern.compile("\\s*+[+-]?(?:\\d++\\.?+\\d*+|\\.\\d++)(?:[eE][+-]?\\d++)?+\\s*+");
    /** Brackets within more others than this are text. */
    private static final int MAX_DEPTH = 100;

    private final List<Node> nodes;

    private sealed interface Node {}

    private record Text(String text) implements Node {}

    private record Change(List<Node> from, List<Node> to, String when) implements Node {}

    private record Turns(List<List<Node>> choices) implements Node {}

    private PromptSchedule(List<Node> nodes) {
        this.nodes = nodes;
    }

    /** Reads a prompt. */
    static PromptSchedule of(String prompt) {
        List<Node> nodes = new Parser(prompt).parse();
        return nodes.stream().allMatch(Text.class::isInstance) ? always(prompt) : new PromptSchedule(nodes);
    }

    /** Returns a prompt that is the same text in all steps. */
    static PromptSchedule always(String text) {
        return new PromptSchedule(List.of(new Text(text)));
    }

    /**
     * Returns the text of a step.
     *
     * @param step from 1 on
     * @param steps number of all steps
     */
    public String at(int step, int steps) {
        if (nodes.size() == 1 && nodes.getFirst() instanceof Text always) {
            return always.text;
        }
        StringBuilder text = new StringBuilder();
        write(nodes, step, steps, text);
        return text.toString();
    }

    private static void write(List<Node> nodes, int step, int steps, StringBuilder out) {
        for (Node node : nodes) {
            switch (node) {
                case Text text -> out.append(text.text);
                case Change change -> write(step <= last(change.when, steps) ? change.from : change.to, step, steps, out);
                case Turns turns -> write(turns.choices.get((step - 1) % turns.choices.size()), step, steps, out);
            }
        }
    }

    /** Returns the last of the first steps. */
    private static int last(String when, int steps) {
        double number = Double.parseDouble(when.strip());
        return (int) Math.min(steps, when.contains(".") ? number * steps : number);
    }

    /** Builds the nodes in one pass. */
    private static final class Parser {
        private final String prompt;
        private final StringBuilder text = new StringBuilder();
        private final Deque<Bracket> open = new ArrayDeque<>();
        private final Bracket outermost = new Bracket("");

        Parser(String prompt) {
            this.prompt = prompt;
            open.push(outermost);
        }

        /** Holds a bracket that is not closed yet: its parts, and the {@code :} and {@code |} between them. */
        private static final class Bracket {
            private final String opening;
            private final List<List<Node>> parts = new ArrayList<>(List.of(new ArrayList<>()));
            private final StringBuilder separators = new StringBuilder();

            Bracket(String opening) {
                this.opening = opening;
            }

            void add(Node node) {
                parts.getLast().add(node);
            }

            /** Returns the parts from one to before another as they were written. */
            List<Node> asWritten(int first, int end) {
                List<Node> nodes = new ArrayList<>();
                for (int i = first; i < end; i++) {
                    if (i > first) {
                        nodes.add(new Text(separators.substring(i - 1, i)));
                    }
                    nodes.addAll(parts.get(i));
                }
                return nodes;
            }

            List<Node> asWritten() {
                return asWritten(0, parts.size());
            }
        }

        List<Node> parse() {
            TagFinder tags = new TagFinder(prompt);
            int position = 0;
            while (position < prompt.length()) {
                char character = prompt.charAt(position);
                int end = position + 1;
                switch (character) {
                    case '\\' -> end = Math.min(end + 1, prompt.length());
                    case '<' -> end = tags.at(position).map(TagFinder.Tag::end).orElse(end);
                    default -> {}
                }
                if (end > position + 1 || !structure(character)) {
                    text.append(prompt, position, end);
                }
                position = end;
            }
            flush();
            while (open.size() > 1) {
                Bracket unclosed = open.pop();
                add(new Text(unclosed.opening));
                unclosed.asWritten().forEach(this::add);
            }
            return outermost.asWritten();
        }

        /** Takes a character as a part of the structure; returns false if it is text where it stands. */
        private boolean structure(char character) {
            Bracket bracket = open.element();
            boolean square = bracket.opening.equals("[");
            switch (character) {
                case '[', '(' -> {
                    if (open.size() > MAX_DEPTH) {
                        return false;
                    }
                    flush();
                    open.push(new Bracket(String.valueOf(character)));
                }
                case ':', '|' -> {
                    if (!square) {
                        return false;
                    }
                    flush();
                    bracket.separators.append(character);
                    bracket.parts.add(new ArrayList<>());
                }
                case ']', ')' -> {
                    if (!bracket.opening.equals(character == ']' ? "[" : "(")) {
                        return false;
                    }
                    flush();
                    open.pop();
                    (square ? closed(bracket) : asText(bracket, ")")).forEach(this::add);
                }
                default -> {
                    return false;
                }
            }
            return true;
        }

        private void flush() {
            if (!text.isEmpty()) {
                add(new Text(text.toString()));
                text.setLength(0);
            }
        }

        private void add(Node node) {
            open.element().add(node);
        }

        private static List<Node> asText(Bracket bracket, String closing) {
            List<Node> nodes = new ArrayList<>(List.of(new Text(bracket.opening)));
            nodes.addAll(bracket.asWritten());
            nodes.add(new Text(closing));
            return nodes;
        }

        private static List<Node> closed(Bracket bracket) {
            boolean turns = !bracket.separators.isEmpty() && bracket.separators.indexOf(":") < 0;
            return change(bracket).map(List::of)
                    .orElseGet(() -> turns ? List.of(new Turns(bracket.parts)) : asText(bracket, "]"));
        }

        private static Optional<Node> change(Bracket bracket) {
            long colons = bracket.separators.chars().filter(separator -> separator == ':').count();
            int last = bracket.parts.size() - 1;
            if (colons < 1 || colons > 2 || bracket.separators.charAt(last - 1) != ':') {
                return Optional.empty();
            }
            int to = colons == 1 ? 0 : bracket.separators.indexOf(":") + 1;
            return number(bracket.parts.getLast())
                    .map(when -> new Change(bracket.asWritten(0, to), bracket.asWritten(to, last), when));
        }

        private static Optional<String> number(List<Node> nodes) {
            return nodes.size() == 1 && nodes.getFirst() instanceof Text single && NUMBER.matcher(single.text).matches()
                    ? Optional.of(single.text)
                    : Optional.empty();
        }
    }
}
