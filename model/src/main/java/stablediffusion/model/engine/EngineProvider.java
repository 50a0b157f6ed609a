package stablediffusion.model.engine;

import java.util.List;
import java.util.Map;

/**
 * A kind of engine, found by {@link java.util.ServiceLoader}.
 */
public interface EngineProvider {

    /**
     * The devices that are there now, the best first; empty where the runtime is missing.
     *
     * @throws stablediffusion.model.UserException where the runtime is there and does not start
     */
    List<Device> devices();

    /**
     * Opens an engine on one of {@link #devices()}.
     *
     * @throws stablediffusion.model.UserException where the device cannot do it
     */
    Engine open(Device device, EngineSettings settings);

    /** Whether {@value Engines#AUTO} may choose it; not what is only there to be measured against. */
    default boolean automatic() {
        return true;
    }

    /** Whether a name that is not the device's id or backend means it all the same, such as TornadoVM's own "driver:device". */
    default boolean answersTo(Device device, String name) {
        return false;
    }

    /** What people want to know of a device before they choose it, by label, in order. */
    default Map<String, String> details(Device device) {
        return Map.of();
    }
}
