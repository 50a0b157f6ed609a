package stablediffusion.bench;

import stablediffusion.model.engine.Engine;

import java.util.Locale;

/**
 * What was measured.
 *
 * @param backend as {@code --backend} chose it
 * @param precision of products
 */
public record EngineInfo(String backend, String description, String precision) {
    public static EngineInfo of(String backend, Engine engine) {
        return new EngineInfo(backend, engine.description(), engine.precision().name().toLowerCase(Locale.ROOT));
    }
}
