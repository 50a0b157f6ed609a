package stablediffusion.server.painting;

import stablediffusion.GeneratedImage;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Saves pictures in a folder of the server, under names that clients have no part in. Safe for several threads. */
public final class SavedPictures {
    private final Path folder;
    private int last;

    public SavedPictures(Path folder) {
        this.folder = folder;
    }

    /**
     * Saves a picture as {@code 00001-SEED.png}, with the next free number.
     *
     * @throws stablediffusion.model.UserException if it cannot be written
     */
    public synchronized void save(GeneratedImage image) {
        Path file;
        do {
            last++;
            file = folder.resolve(String.format(Locale.ROOT, "%05d-%d.png", last, image.request().seed()));
        } while (Files.exists(file));
        image.save(file);
    }
}
