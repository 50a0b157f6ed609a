package stablediffusion.model.engine;

import java.util.List;
import java.util.Map;

/**
 * Opens engines of one kind. Found by {@link java.util.ServiceLoader}.
 */
public interface EngineProvider {

    /**
     * Returns the devices of this machine, the best first; empty where the runtime is missing.
     *
     * @throws stablediffusion.model.UserException where the runtime is installed but does not start
     */
    List<Device> devices();

    /**
     * Opens an engine on one of {@link #devices()}.
     *
     * @throws stablediffusion.model.UserException where the device cannot do it
     */
    Engine open(Device device, EngineSettings settings);

    /** Returns whether {@value Engines#AUTO} may choose it; false for engines that are only there to be measured against. */
    default boolean automatic() {
        return true;
    }

    /** Returns whether a name that is neither the device's id nor its backend means it, such as TornadoVM's own "driver:device". */
    default boolean answersTo(Device device, String name) {
        return false;
    }

    /** Returns what people want to know of a device before they choose it, by label, in order. */
    default Map<String, String> details(Device device) {
        return Map.of();
    }
}
