package stablediffusion.peers;

import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.EngineSettings;

import java.util.List;
import java.util.function.IntFunction;

/** Opens another library on the processor, in single precision. Chosen by its name only, never automatically. */
abstract class PeerEngineProvider implements EngineProvider {
    private final Device device;
    private final IntFunction<Engine> engine;

    /**
     * @param backend the name by which the engine is chosen
     * @param library the name of the library
     * @param engine makes an engine that computes in a number of threads
     */
    PeerEngineProvider(String backend, String library, IntFunction<Engine> engine) {
        this.device = new Device(backend, backend, "the processor, through " + library);
        this.engine = engine;
    }

    /** Describes an engine for people. */
    static String description(String backend, String library, int threads) {
        return backend + ": " + library + ", " + (threads == 1 ? "1 thread" : threads + " threads") + ", f32";
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
        return engine.apply(settings.threads().orElse(Runtime.getRuntime().availableProcessors()));
    }
}
