package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.GenerationRequest;
import stablediffusion.model.FileFailure;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Options for the prompts. */
public final class PromptOptions {
    private static final String STANDARD_INPUT = "-";
    private static final String COMMENT = "#";

    @Option(names = {"-n", "--negative-prompt"}, paramLabel = "TEXT", defaultValue = "", description = "What the image shall not show.")
    private String negativePrompt;

    @Option(
            names = "--prompts-file",
            paramLabel = "FILE",
            description = "Read prompts from a file instead of PROMPT, one on each line; lines that begin with # are comments. - is the standard "
                    + "input.")
    private Optional<Path> promptsFile = Optional.empty();

    @Option(
            names = "--literal",
            description = "Read prompts as the original scripts do: brackets are text, and a prompt is cut off after 75 tokens. "
                    + "Default: (word), ((word)), [word], (word:1.2), [from:to:0.5], [a|b], BREAK and <lora:name:0.8> mean what they mean in the web UI.")
    private boolean literal;

    @Option(
            names = "--check-brackets",
            description = "Refuse prompts with a bracket that lacks its partner. Default: as in the web UI, one that is never closed weighs all that "
                    + "follows, and one that closes nothing is text.")
    private boolean strict;

    @Option(
            names = "--clip-skip",
            paramLabel = "N",
            defaultValue = "" + GenerationRequest.DEFAULT_CLIP_SKIP,
            description = "Use the output of the text encoder's Nth layer from the end; 1 is the last, as in training. Default: ${DEFAULT-VALUE}.")
    private int clipSkip;

    @Option(names = {"-p", "--prompt"}, hidden = true)
    private Optional<String> named = Optional.empty();

    /** Returns the prompt if it was given after --prompt, as the original scripts want it. */
    public Optional<String> named() {
        return named;
    }

    /** Returns whether the prompts are in a file. */
    public boolean fromFile() {
        return promptsFile.isPresent();
    }

    /**
     * Reads the lines of the file of prompts that are neither blank nor comments.
     *
     * @throws UserException if it cannot be read, or has none
     */
    public List<String> readFile() {
        Path file = promptsFile.orElseThrow();
        List<String> prompts = new ArrayList<>();
        for (String line : lines(file)) {
            if (!line.isBlank() && !line.strip().startsWith(COMMENT)) {
                prompts.add(line.strip());
            }
        }
        if (prompts.isEmpty()) {
            throw new UserException("there is no prompt in " + file + ": write one a line");
        }
        return prompts;
    }

    private static List<String> lines(Path file) {
        try {
            if (file.toString().equals(STANDARD_INPUT)) {
                return new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            }
            if (!Files.isRegularFile(file)) {
                throw new InvalidRequestException("there is no file of prompts " + file);
            }
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UserException("cannot read the prompts in " + file + ": " + FileFailure.reason(e), e);
        }
    }

    public void apply(GenerationRequest.Builder request) {
        request.negativePrompt(negativePrompt).literal(literal).strict(strict).clipSkip(clipSkip);
    }
}
