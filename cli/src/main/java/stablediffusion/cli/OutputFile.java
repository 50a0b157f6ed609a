package stablediffusion.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Where a picture goes when nobody says so: a name from the prompt and the seed that is not taken. */
final class OutputFile {
    private static final Path FOLDER = Path.of("out");
    private static final int LONGEST = 60;

    private OutputFile() {}

    static Path unused(String prompt, long seed) {
        String words = prompt.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", "-").replaceAll("^-|-$", "");
        String name = words.substring(0, Math.min(LONGEST, words.length())) + "-" + seed;
        Path file = FOLDER.resolve(name + ".png");
        for (int i = 2; Files.exists(file); i++) {
            file = FOLDER.resolve(name + "-" + i + ".png");
        }
        return file;
    }
}
