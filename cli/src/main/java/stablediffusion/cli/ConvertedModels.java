package stablediffusion.cli;

import java.nio.file.Path;

/** Where converted models are kept. */
final class ConvertedModels {
    /** Under the current folder. */
    static final Path FOLDER = Path.of("models");

    private ConvertedModels() {}

    /** "models/sd-v1-4" for any "sd-v1-4.ckpt". */
    static Path folderFor(Path checkpoint) {
        return FOLDER.resolve(checkpoint.toAbsolutePath().normalize().getFileName().toString().replaceFirst("\\.[A-Za-z]+$", ""));
    }
}
