package stablediffusion.peers;

import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.Precision;

import java.util.List;
import java.util.Optional;

/** PyTorch on the processor, through DJL. */
public final class PyTorchEngineProvider implements EngineProvider {
    static final String BACKEND = "pytorch";

    @Override
    public List<Device> devices() {
        return List.of(new Device(BACKEND, BACKEND, "the processor, through PyTorch"));
    }

    @Override
    public boolean automatic() {
        return false;
    }

    @Override
    public Engine open(Device device, Optional<Precision> precision) {
        Peer.requireSinglePrecision(BACKEND, precision);
        return new PyTorchEngine();
    }
}
