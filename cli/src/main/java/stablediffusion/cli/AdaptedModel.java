package stablediffusion.cli;

import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.text.Prompt;
import stablediffusion.model.text.Tokenizer;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.model.weights.Weights;
import stablediffusion.weights.adapter.Lora;
import stablediffusion.weights.adapter.LoraWeights;
import stablediffusion.weights.adapter.TextualInversion;
import stablediffusion.weights.adapter.TextualInversionEmbeddings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A model with what prompts add to it: words that were learned for it (textual inversion) and LoRAs. Its files stay as they are.
 */
final class AdaptedModel {
    private static final List<String> ENDINGS = List.of(".safetensors", ".pt", ".bin", ".ckpt");

    private final Configuration configuration;
    private final Weights weights;
    private final Tokenizer tokenizer;
    private final Path loraFolder;
    private final Map<String, Lora> loras = new HashMap<>();

    /**
     * @param texts all prompts: of the learned words in the folder, only those that they name are read
     * @throws UserException where a file is none of these, or was made for another model
     */
    AdaptedModel(ModelDirectory model, Path wordFolder, Path loraFolder, List<String> texts) {
        this.loraFolder = loraFolder;
        TextualInversionEmbeddings words = new TextualInversionEmbeddings(
                model.configuration(),
                files(wordFolder).stream().filter(file -> named(name(file), texts)).map(TextualInversion::read).toList());
        configuration = words.configuration();
        weights = words.weights(model);
        tokenizer = new Tokenizer(words.words());
    }

    Configuration configuration() {
        return configuration;
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * The weights with LoRAs.
     *
     * @throws UserException where there is none of a name, or it was made for another model
     */
    Weights weights(List<Prompt.Lora> wanted) {
        List<LoraWeights.Applied> applied = new ArrayList<>();
        for (Prompt.Lora lora : wanted) {
            Lora read = loras.computeIfAbsent(lora.name(), name -> Lora.read(file(name)));
            applied.add(new LoraWeights.Applied(read, (float) lora.weight()));
        }
        return applied.isEmpty() ? weights : new LoraWeights(weights, configuration, applied);
    }

    private Path file(String lora) {
        List<Path> there = files(loraFolder);
        return there.stream().filter(file -> name(file).equals(lora)).findFirst().orElseThrow(() -> new UserException(
                "there is no LoRA '" + lora + "' in the folder " + loraFolder + ": " + (there.isEmpty()
                        ? "put " + lora + ".safetensors there, or name another folder with --lora-dir"
                        : "there are " + String.join(", ", there.stream().map(AdaptedModel::name).toList()))));
    }

    private static boolean named(String word, List<String> texts) {
        return texts.stream()
                .map(text -> text.replaceAll("<[^>]*>", " ").toLowerCase(Locale.ROOT))
                .anyMatch(text -> text.contains(word.toLowerCase(Locale.ROOT)));
    }

    /** In a folder that may not be there. */
    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> ending(file).isPresent()).sorted().toList();
        } catch (IOException e) {
            throw new UserException("cannot read the folder " + folder + ": " + FileFailure.reason(e), e);
        }
    }

    private static String name(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - ending(file).map(String::length).orElse(0));
    }

    private static Optional<String> ending(Path file) {
        return ENDINGS.stream().filter(ending -> file.toString().toLowerCase(Locale.ROOT).endsWith(ending)).findFirst();
    }
}
