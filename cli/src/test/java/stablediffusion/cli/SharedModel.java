package stablediffusion.cli;

import stablediffusion.weights.ConversionProgress;
import stablediffusion.weights.Converter;

import java.nio.file.Path;

/** The bundled model, converted once for all tests of a run. */
final class SharedModel {
    static final Path CHECKPOINT = Path.of("..", "models", "tiny-shapes", "tiny-shapes.ckpt");
    private static final Path FOLDER = Path.of("target", "tiny-shapes");

    private static boolean converted;

    private SharedModel() {}

    static synchronized Path folder() {
        if (!converted) {
            Converter.convert(CHECKPOINT, FOLDER, Converter.Options.standard(), ConversionProgress.NONE);
            converted = true;
        }
        return FOLDER;
    }
}
