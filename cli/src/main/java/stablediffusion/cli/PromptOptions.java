package stablediffusion.cli;

import picocli.CommandLine.Option;
import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.text.Prompt;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.text.Tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is to be painted, and how that is read. */
final class PromptOptions {
    private static final String STANDARD_INPUT = "-";

    @Option(names = {"-n", "--negative-prompt"}, paramLabel = "TEXT", defaultValue = "", description = "What it shall not show.")
    String negativePrompt;

    @Option(
            names = "--prompts-file",
            paramLabel = "FILE",
            description = "One prompt a line, a picture or batch for each; - reads the standard input. In place of PROMPT.")
    private Optional<Path> promptsFile = Optional.empty();

    @Option(
            names = "--literal",
            description = "Read prompts as the original scripts do: brackets are letters, and what does not fit 75 tokens is cut off. "
                    + "Without it, (word), ((word)), [word], (word:1.2), BREAK and <lora:name:0.8> mean what they do in the web UI.")
    private boolean literal;

    @Option(
            names = "--clip-skip",
            paramLabel = "N",
            defaultValue = "1",
            description = "The text encoder's layer to take, from its end: 1 is the last, as in training. Default: ${DEFAULT-VALUE}.")
    int clipSkip;

    @Option(names = {"-p", "--prompt"}, hidden = true)
    private Optional<String> named = Optional.empty();

    /** The prompt after the name --prompt, which the original scripts want. */
    Optional<String> named() {
        return named;
    }

    boolean fromFile() {
        return promptsFile.isPresent();
    }

    PromptStyle style() {
        return literal ? PromptStyle.LITERAL : PromptStyle.MARKED;
    }

    /** The lines of the prompts' file that say something. */
    List<String> readFile() {
        Path file = promptsFile.orElseThrow();
        List<String> prompts = new ArrayList<>();
        for (String line : lines(file)) {
            if (!line.isBlank()) {
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
                throw new UserException("there is no file of prompts " + file);
            }
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UserException("cannot read the prompts in " + file + ": " + FileFailure.reason(e), e);
        }
    }

    /** Finds what is wrong with any prompt before work on the first of them begins. */
    void check(List<String> prompts, Tokenizer tokenizer) {
        if (!style().read(negativePrompt, tokenizer).loras().isEmpty()) {
            throw new UserException("a LoRA changes the whole model: ask for it in the prompt, not in the negative prompt");
        }
        for (int i = 0; i < prompts.size(); i++) {
            try {
                style().read(prompts.get(i), tokenizer);
            } catch (UserException e) {
                throw prompts.size() == 1 ? e : new UserException("prompt " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
    }

    /** What each prompt adds to the model. */
    List<List<Prompt.Lora>> loras(List<String> prompts, Tokenizer tokenizer) {
        return prompts.stream().map(prompt -> style().read(prompt, tokenizer).loras()).distinct().toList();
    }

    /** Last layers of the text encoder that are left out. */
    int skippedLayers(Configuration configuration) {
        int layers = configuration.text().layers();
        if (clipSkip < 1 || clipSkip > layers) {
            throw new UserException("clip skip " + clipSkip + " is not from 1 to " + layers + ", the layers of this model's text encoder");
        }
        return clipSkip - 1;
    }
}
