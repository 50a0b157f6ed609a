package stablediffusion.tests;

import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.ConversionProgress;
import stablediffusion.weights.Converter;

import java.nio.file.Path;

/** Converts the bundled model. */
public final class TinyShapes {
    private static final Path CHECKPOINT = Path.of("../models/tiny-shapes/tiny-shapes.ckpt");

    private TinyShapes() {}

    /**
     * Converts the model.
     *
     * @param folder an empty folder, which the model's folder is made in
     */
    public static ModelDirectory convert(Path folder) {
        return Converter.convert(CHECKPOINT, folder.resolve("tiny-shapes"), Converter.Options.standard(), ConversionProgress.NONE);
    }
}
