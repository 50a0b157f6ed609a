package stablediffusion.weights;

import java.nio.file.Path;

/** The bundled small model: a checkpoint that torch wrote. */
public final class TinyShapes {
    /** Tests run in their module's folder. */
    public static final Path CHECKPOINT = Path.of("..", "models", "tiny-shapes", "tiny-shapes.ckpt");

    private TinyShapes() {}
}
