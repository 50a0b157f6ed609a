package stablediffusion.spark.engine;

import java.nio.file.Path;

/**
 * Is a model that all executors see under one path.
 *
 * @param folder absolute path
 */
public record SharedModel(String folder) implements ModelFolder {
    @Override
    public Path onThisMachine() {
        return Path.of(folder);
    }
}
