package stablediffusion.peers;

import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.Precision;

import java.util.List;
import java.util.Optional;

/** ONNX Runtime on the processor. */
public final class OnnxRuntimeEngineProvider implements EngineProvider {
    static final String BACKEND = "onnxruntime";

    @Override
    public List<Device> devices() {
        return List.of(new Device(BACKEND, BACKEND, "the processor, through ONNX Runtime"));
    }

    @Override
    public boolean automatic() {
        return false;
    }

    @Override
    public Engine open(Device device, Optional<Precision> precision) {
        Peer.requireSinglePrecision(BACKEND, precision);
        return new OnnxRuntimeEngine();
    }
}
