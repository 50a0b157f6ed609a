package stablediffusion.library;

import stablediffusion.model.FileFailure;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.text.LowerCase;
import stablediffusion.weights.adapter.Lora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds files that extend a model by the names that prompts use for them: LoRA files and embeddings (textual inversion). Safe for several
 * threads.
 */
public final class Adapters {
    private static final List<String> ENDINGS = List.of(".safetensors", ".pt", ".bin", ".ckpt");
    /** LoRA files that are kept in memory; mostly the same are asked for again. */
    private static final int CACHED = 4;

    private final Optional<Path> loraFolder;
    private final Optional<Path> embeddingFolder;
    private final Map<Path, Lora> loras = new LinkedHashMap<>(CACHED, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, Lora> eldest) {
            return size() > CACHED;
        }
    };

    /**
     * @param loraFolder may be missing, as a folder too
     * @param embeddingFolder likewise
     */
    public Adapters(Optional<Path> loraFolder, Optional<Path> embeddingFolder) {
        this.loraFolder = loraFolder;
        this.embeddingFolder = embeddingFolder;
    }

    /** Returns the names of the LoRA files that there are now, in alphabetical order. */
    public List<String> loraNames() {
        return names(loraFolder);
    }

    /** Returns the names of the embeddings that there are now, in alphabetical order. */
    public List<String> embeddingNames() {
        return names(embeddingFolder);
    }

    private static List<String> names(Optional<Path> folder) {
        return files(folder).stream().map(Adapters::name).distinct().toList();
    }

    /**
     * Reads the LoRA of a name.
     *
     * @throws UserException if there is none, or it cannot be read
     */
    Lora lora(String name) {
        Path file = files(loraFolder).stream()
                .filter(candidate -> name(candidate).equals(name))
                .findFirst()
                .orElseThrow(() -> missing(name));
        synchronized (loras) {
            return loras.computeIfAbsent(file, Lora::read);
        }
    }

    private UserException missing(String name) {
        if (loraFolder.isEmpty()) {
            return new InvalidRequestException("there is no LoRA '" + name + "': no folder of LoRA files was named",
                    Remedy.NAME_LORA_FOLDER);
        }
        List<String> names = loraNames();
        String what = "there is no LoRA '" + name + "' in the folder " + loraFolder.get();
        return names.isEmpty()
                ? new InvalidRequestException(what + ": put " + name + ".safetensors there", Remedy.NAME_LORA_FOLDER)
                : new InvalidRequestException(what + ": there are " + String.join(", ", names));
    }

    /** Returns whether an embedding is named in these texts, as {@link #embeddingsNamedIn} finds them. */
    public boolean namesEmbeddings(String... texts) {
        return !embeddingsNamedIn(List.of(texts)).isEmpty();
    }

    /** Returns the files of the embeddings that are named in these texts, outside of tags; case does not matter. */
    List<Path> embeddingsNamedIn(List<String> texts) {
        List<String> plain = texts.stream().map(text -> LowerCase.of(withoutTags(text))).toList();
        return files(embeddingFolder).stream()
                .filter(file -> plain.stream().anyMatch(text -> text.contains(name(file).toLowerCase(Locale.ROOT))))
                .toList();
    }

    /** Replaces each tag, from {@code <} to the next {@code >}, by a space. */
    private static String withoutTags(String text) {
        StringBuilder plain = new StringBuilder();
        int position = 0;
        for (int begin = text.indexOf('<'); begin >= 0; begin = text.indexOf('<', position)) {
            int end = text.indexOf('>', begin);
            if (end < 0) {
                break;
            }
            plain.append(text, position, begin).append(' ');
            position = end + 1;
        }
        return plain.append(text, position, text.length()).toString();
    }

    private static List<Path> files(Optional<Path> named) {
        if (named.isEmpty() || !Files.isDirectory(named.get())) {
            return List.of();
        }
        Path folder = named.get();
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
