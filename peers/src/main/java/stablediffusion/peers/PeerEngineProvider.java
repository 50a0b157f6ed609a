package stablediffusion.peers;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.Precision;

import java.util.List;
import java.util.function.Supplier;

/** Another library on the processor, in single precision; chosen by its name only. */
abstract class PeerEngineProvider implements EngineProvider {
    private final Device device;
    private final Supplier<Engine> engine;

    /**
     * @param backend what {@code --backend} takes
     * @param library its name
     */
    PeerEngineProvider(String backend, String library, Supplier<Engine> engine) {
        this.device = new Device(backend, backend, "the processor, through " + library);
        this.engine = engine;
    }

    @Override
    public List<Device> devices() {
        return List.of(device);
    }

    @Override
    public boolean automatic() {
        return false;
    }

    @Override
    public Engine open(Device chosen, EngineSettings settings) {
        if (settings.precision().filter(wanted -> wanted != Precision.F32).isPresent()) {
            throw new UserException("backend " + device.backend() + " computes in f32 only", Remedy.COMPUTE_IN_F32);
        }
        return engine.get();
    }
}
