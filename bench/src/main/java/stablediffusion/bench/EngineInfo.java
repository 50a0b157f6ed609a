package stablediffusion.bench;

import stablediffusion.model.engine.Engine;

import java.util.Locale;

/**
 * Describes the engine of a measurement.
 *
 * @param backend name by which the backend was requested
 * @param precision number format of matrix products, in lower case
 */
public record EngineInfo(String backend, String description, String precision) {
    /** Describes an open engine. */
    public static EngineInfo of(String backend, Engine engine) {
        return new EngineInfo(backend, engine.description(), engine.precision().name().toLowerCase(Locale.ROOT));
    }
}
