package stablediffusion.model.engine;

import java.util.List;
import java.util.Optional;

/**
 * A kind of engine, found by {@link java.util.ServiceLoader}.
 */
public interface EngineProvider {

    /** The devices that are there now, the best first; empty where the runtime is missing. */
    List<Device> devices();

    /**
     * Opens an engine on one of {@link #devices()}.
     *
     * @param precision empty: the fastest that the device does well
     * @throws stablediffusion.model.UserException where the device cannot do it
     */
    Engine open(Device device, Optional<Precision> precision);
}
