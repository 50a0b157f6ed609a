package stablediffusion.tornado;

import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.EngineSettings;

import java.util.List;
import java.util.Map;

/**
 * Provides the devices of TornadoVM where its runtime is present. Without the runtime no class of its API may be loaded; {@link Devices}
 * and what it uses load them.
 */
public final class TornadoEngineProvider implements EngineProvider {
    @Override
    public List<Device> devices() {
        return TornadoRuntimeFlags.present() ? Devices.list() : List.of();
    }

    @Override
    public Engine open(Device device, EngineSettings settings) {
        TornadoRuntimeFlags.require();
        return Devices.open(device, settings);
    }

    @Override
    public boolean answersTo(Device device, String name) {
        return Devices.driverAndDevice(device).equals(name);
    }

    @Override
    public Map<String, String> details(Device device) {
        return Devices.details(device);
    }
}
