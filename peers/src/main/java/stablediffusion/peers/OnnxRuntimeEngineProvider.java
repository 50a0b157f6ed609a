package stablediffusion.peers;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;

import java.util.Set;

/** Opens ONNX Runtime on the processor. */
public final class OnnxRuntimeEngineProvider extends PeerEngineProvider {
    static final String BACKEND = "onnxruntime";

    public OnnxRuntimeEngineProvider() {
        super(BACKEND, "ONNX Runtime", Set.of(Precision.F32),
                "computes in f32 only: ONNX Runtime has no convolutions in 16 bits on the processor");
    }

    @Override
    Engine open(Precision precision, int threads) {
        return new OnnxRuntimeEngine(threads);
    }
}
