package stablediffusion.peers;

import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.EngineSettings;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Opens another library on the processor: in single precision, as the libraries themselves do, unless the settings name another one. Chosen by
 * its name only, never automatically.
 */
abstract class PeerEngineProvider implements EngineProvider {
    private final Device device;
    private final Set<Precision> precisions;
    private final String refusal;

    /**
     * @param backend the name by which the engine is chosen
     * @param library the name of the library
     * @param precisions those that the library computes all operations in
     * @param refusal what to say about the others, after the name of the backend
     */
    PeerEngineProvider(String backend, String library, Set<Precision> precisions, String refusal) {
        this.device = new Device(backend, backend, "the processor, through " + library);
        this.precisions = precisions;
        this.refusal = refusal;
    }

    /** Returns an engine that computes in a precision and a number of threads. */
    abstract Engine open(Precision precision, int threads);

    /** Describes an engine for people. */
    static String description(String backend, String library, int threads, Precision precision) {
        return backend + ": " + library + ", " + EngineSettings.inWords(threads) + ", "
                + precision.name().toLowerCase(Locale.ROOT);
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
        Precision precision = settings.precision().orElse(Precision.F32);
        if (!precisions.contains(precision)) {
            throw new UserException("backend " + device.backend() + " " + refusal, Remedy.COMPUTE_IN_F32);
        }
        return open(precision, settings.threadsOnCpu());
    }
}
