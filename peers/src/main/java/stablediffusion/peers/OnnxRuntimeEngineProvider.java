package stablediffusion.peers;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;

import java.util.Set;

/** Opens ONNX Runtime on the processor. */
public final class OnnxRuntimeEngineProvider extends PeerEngineProvider {
    static final String BACKEND = "onnxruntime";

    /** Refuses bf16: ONNX Runtime answers "Could not find an implementation for Conv(22)" to a model in it. */
    public OnnxRuntimeEngineProvider() {
        super(BACKEND, "ONNX Runtime", Set.of(Precision.F32),
                "computes in f32 only: ONNX Runtime has no convolutions in bf16 on the processor");
    }

    @Override
    Engine open(Precision precision, int threads) {
        return new OnnxRuntimeEngine(threads);
    }
}
