package stablediffusion.weights;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** Files beside the tests. */
public final class Resources {
    private Resources() {}

    public static Path file(String name) {
        try {
            return Path.of(Resources.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
