package stablediffusion.weights;

import java.nio.file.Path;

/** The bundled small model: a checkpoint that torch wrote. */
final class TinyShapes {
    /** Tests run in their module's folder. */
    static final Path CHECKPOINT = Path.of("..", "models", "tiny-shapes", "tiny-shapes.ckpt");

    private TinyShapes() {}
}
