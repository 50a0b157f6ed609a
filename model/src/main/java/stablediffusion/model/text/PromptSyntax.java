package stablediffusion.model.text;

import stablediffusion.model.InvalidRequestException;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses the syntax of a prompt, with the meaning that AUTOMATIC1111's web UI gives them: {@code (word:1.2)}, {@code (word)} for
 * 1.1 times, {@code [word]} for 1.1 times less, brackets within brackets, {@code \(} for a bracket of the text, {@code BREAK} and
 * {@code <lora:name:0.8>}. As there, a bracket that is never closed weighs all that follows it, and one that closes nothing is text.
 */
final class PromptSyntax {
    private static final double EMPHASIS = 1.1;
    private static final Pattern WEIGHT = Pattern.compile(":\\s*([+-]?[.\\d]+)\\s*\\)");
    private static final Pattern BREAK = Pattern.compile("(?<![\\p{L}\\p{N}_])BREAK(?![\\p{L}\\p{N}_])");
    /** Brackets within each other; 100 round ones already multiply the weight by 13,781. */
    private static final int MAX_DEPTH = 100;
    private static final int LONGEST_IN_MESSAGE = 60;
    private static final String ESCAPABLE = "()[]\\";

    private final String prompt;
    private final List<Piece> pieces = new ArrayList<>();
    private final List<Prompt.Lora> loras = new ArrayList<>();
    private final Deque<Bracket> round = new ArrayDeque<>();
    private final Deque<Bracket> square = new ArrayDeque<>();
    private Optional<String> unbalanced = Optional.empty();
    private final TagFinder tags;

    /** Holds text of one weight. BREAK is a piece of its own, without text. */
    record Piece(String text, double weight, boolean isBreak) {}

    /**
     * Holds a bracket that is not closed yet.
     *
     * @param position index of its character in the prompt
     * @param firstPiece index of the first piece within it
     */
    private record Bracket(char kind, int position, int firstPiece) {}

    /** Describes the first bracket that has no partner; empty if all have one. */
    Optional<String> unbalanced() {
        return unbalanced;
    }

    PromptSyntax(String prompt) {
        this.prompt = prompt;
        this.tags = new TagFinder(prompt);
        read();
    }

    List<Prompt.Lora> loras() {
        return loras;
    }

    /** Returns the text without the syntax. Neighbours of the same weight are one piece. */
    List<Piece> pieces() {
        List<Piece> merged = new ArrayList<>();
        int next = 0;
        while (next < pieces.size()) {
            Piece first = pieces.get(next++);
            StringBuilder text = new StringBuilder(first.text());
            while (!first.isBreak() && next < pieces.size() && !pieces.get(next).isBreak() && pieces.get(next).weight() == first.weight()) {
                text.append(pieces.get(next++).text());
            }
            merged.add(new Piece(text.toString(), first.weight(), first.isBreak()));
        }
        return merged;
    }

    private void read() {
        StringBuilder text = new StringBuilder();
        int position = 0;
        while (position < prompt.length()) {
            char character = prompt.charAt(position);
            int end = position + 1;
            switch (character) {
                case '\\' -> {
                    if (end < prompt.length() && ESCAPABLE.indexOf(prompt.charAt(end)) >= 0) {
                        text.append(prompt.charAt(end));
                        end++;
                    }
                }
                case '(', '[' -> {
                    flush(text);
                    if (round.size() + square.size() == MAX_DEPTH) {
                        throw new InvalidRequestException("in the prompt, '" + character + "' " + at(position) + " is within " + MAX_DEPTH
                                + " other brackets: give a weight as in (word:1.5), or write \\" + character + " for a literal bracket");
                    }
                    (character == '(' ? round : square).push(new Bracket(character, position, pieces.size()));
                }
                case ')', ']' -> {
                    Deque<Bracket> open = character == ')' ? round : square;
                    if (open.isEmpty()) {
                        text.append(character);
                        reportClosing(character, position);
                    } else {
                        flush(text);
                        weigh(open.pop(), factor(character));
                    }
                }
                case ':' -> {
                    Matcher weight = WEIGHT.matcher(prompt).region(position, prompt.length());
                    if (weight.lookingAt() && !round.isEmpty()) {
                        flush(text);
                        weigh(round.pop(), number(weight.group(1), position + 1));
                        end = weight.end();
                    } else {
                        text.append(character);
                    }
                }
                case '<' -> {
                    Optional<TagFinder.Tag> tag = tags.at(position);
                    if (tag.isPresent()) {
                        loras.add(lora(tag.get().kind(), tag.get().arguments(), position));
                        end = tag.get().end();
                    } else {
                        text.append(character);
                    }
                }
                default -> text.append(character);
            }
            position = end;
        }
        flush(text);
        for (Deque<Bracket> open : List.of(round, square)) {
            open.forEach(bracket -> {
                weigh(bracket, factor(bracket.kind()));
                report("'" + bracket.kind() + "' " + at(bracket.position()) + " is never closed: close it, or write \\" + bracket.kind()
                        + " for a literal bracket");
            });
        }
    }

    private void flush(StringBuilder text) {
        if (text.isEmpty()) {
            return;
        }
        int start = 0;
        Matcher separator = BREAK.matcher(text);
        while (separator.find()) {
            int end = separator.start();
            while (end > start && isSpace(text.charAt(end - 1))) {
                end--;
            }
            pieces.add(new Piece(text.substring(start, end), 1, false));
            pieces.add(new Piece("", 1, true));
            start = separator.end();
            while (start < text.length() && isSpace(text.charAt(start))) {
                start++;
            }
        }
        pieces.add(new Piece(text.substring(start), 1, false));
        text.setLength(0);
    }

    private static boolean isSpace(char character) {
        return " \t\n\u000b\f\r".indexOf(character) >= 0;
    }

    private static double factor(char bracket) {
        return "()".indexOf(bracket) >= 0 ? EMPHASIS : 1 / EMPHASIS;
    }

    private void reportClosing(char kind, int position) {
        report("'" + kind + "' " + at(position) + " closes nothing: open it with " + (kind == ')' ? '(' : '[') + ", or write \\" + kind
                + " for a literal bracket");
    }

    private void report(String what) {
        if (unbalanced.isEmpty()) {
            unbalanced = Optional.of("in the prompt, " + what);
        }
    }

    private void weigh(Bracket bracket, double factor) {
        for (int i = bracket.firstPiece(); i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            pieces.set(i, new Piece(piece.text(), piece.weight() * factor, piece.isBreak()));
        }
    }

    private Prompt.Lora lora(String kind, String arguments, int position) {
        String[] parts = arguments.split(":", -1);
        if (kind.equals("hypernet")) {
            throw new InvalidRequestException("in the prompt, <" + shortened(kind + ":" + arguments) + "> " + at(position)
                    + " asks for a hypernetwork, which this program does not have: leave it out");
        }
        if (!kind.equals("lora") || parts.length > 3 || parts[0].isBlank()) {
            throw new InvalidRequestException("in the prompt, <" + shortened(kind + ":" + arguments) + "> " + at(position)
                    + " is not understood: write <lora:name:0.8>, or <lora:name:0.5:0.7> for the text encoder and the UNet");
        }
        double textEncoder = parts.length == 1 ? 1 : number(parts[1].strip(), position);
        return new Prompt.Lora(parts[0].strip(), textEncoder, parts.length < 3 ? textEncoder : number(parts[2].strip(), position));
    }

    private static double number(String text, int position) {
        try {
            double number = Double.parseDouble(text);
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The message below says it better.
        }
        throw new InvalidRequestException("in the prompt, the weight '" + shortened(text) + "' " + at(position) + " is not a number");
    }

    /** Returns a part of the prompt as a message shows it. */
    private static String shortened(String text) {
        return text.length() <= LONGEST_IN_MESSAGE ? text : text.substring(0, LONGEST_IN_MESSAGE) + "…";
    }

    private static String at(int position) {
        return "at character " + (position + 1);
    }
}
